// Parameter updates. All are bound by memory: one pass, nothing read or written twice.

LATHE_TARGET_BEGIN

void LATHE_VARIANT(adam)(int64_t n, float *p, float *m_, float *v_, const float *g, float gradient_scale, float rate, float beta1,
                         float beta2, float epsilon, float decay, bool decoupled, float correction1, float correction2) {
    const float shrink = decoupled ? 1.0f - rate * decay : 1.0f, coupled = decoupled ? 0.0f : decay;
    const float step = rate / correction1;
    LATHE_EACH_VECTOR(n, {
        vf parameter = READ(p + i), gradient = READ(g + i) * gradient_scale;
        if (coupled != 0.0f) gradient = v_fma(parameter, v_splat(coupled), gradient);
        vf first = v_fma(gradient, v_splat(1.0f - beta1), READ(m_ + i) * beta1);
        vf second = v_fma(gradient * gradient, v_splat(1.0f - beta2), READ(v_ + i) * beta2);
        WRITE(m_ + i, first);
        WRITE(v_ + i, second);
        WRITE(p + i, parameter * shrink - step * first / (v_sqrt(second / correction2) + epsilon));
    });
}

void LATHE_VARIANT(sgd)(int64_t n, float *p, float *velocity, const float *g, float gradient_scale, float rate, float momentum, float decay,
                        bool nesterov) {
    const vf inertia = v_splat(momentum), pull = v_splat(decay);
    if (!velocity) {
        LATHE_EACH_VECTOR(n, {
            vf parameter = READ(p + i);
            WRITE(p + i, parameter - rate * v_fma(parameter, pull, READ(g + i) * gradient_scale));
        });
        return;
    }
    LATHE_EACH_VECTOR(n, {
        vf parameter = READ(p + i);
        vf gradient = v_fma(parameter, pull, READ(g + i) * gradient_scale);
        vf speed = v_fma(READ(velocity + i), inertia, gradient);
        WRITE(velocity + i, speed);
        WRITE(p + i, parameter - rate * (nesterov ? v_fma(speed, inertia, gradient) : speed));
    });
}

LATHE_TARGET_END
