import LatheKernels

extension Tensor {
    /// The elements as another type; the same tensor if it has that type. Between floating-point types, gradients pass.
    public func cast(to dtype: DType) -> Tensor {
        if dtype == self.dtype { return self }
        let output = converted(to: dtype)
        guard self.dtype.isFloatingPoint, dtype.isFloatingPoint else { return output }
        return RecordedOperation.record([self], output: output) { [$0.converted(to: .float32)] }
    }

    /// As `cast`, not recorded. Floats become integers by truncation toward zero and clamping, NaN by 0; integers are
    /// clamped; booleans are non-zero.
    func converted(to target: DType) -> Tensor {
        if target == dtype { return self }
        if dtype == .float32 { return fromFloat32(to: target) }
        if !dtype.isFloatingPoint, !target.isFloatingPoint { return toInt64().fromInt64(to: target) }
        let float = toFloat32()
        return target == .float32 ? float : float.fromFloat32(to: target)
    }

    private func toFloat32() -> Tensor {
        let result = Tensor(uninitialized: shape)
        let kernels = Kernels.active
        withPointers(rawElements, result) { source, y in
            Parallel.forEach(elementCount, grain: Parallel.elementGrain) { range in
                let start = range.lowerBound, count = Int64(range.count)
                switch self.dtype {
                case .bfloat16:
                    kernels.pointee.bf16_to_f32(count, source.assumingMemoryBound(to: UInt16.self) + start, y + start)
                case .float16:
                    kernels.pointee.f16_to_f32(count, source.assumingMemoryBound(to: UInt16.self) + start, y + start)
                case .int32:
                    kernels.pointee.s32_to_f32(count, source.assumingMemoryBound(to: Int32.self) + start, y + start)
                case .uint8, .bool:
                    kernels.pointee.u8_to_f32(count, source.assumingMemoryBound(to: UInt8.self) + start, y + start)
                case .int8: for i in range { y[i] = Float(source.assumingMemoryBound(to: Int8.self)[i]) }
                case .int64: for i in range { y[i] = Float(source.assumingMemoryBound(to: Int64.self)[i]) }
                case .float32: preconditionFailure("float32 needs no conversion")
                }
            }
        }
        return result
    }

    private func fromFloat32(to target: DType) -> Tensor {
        let result = Tensor(uninitialized: shape, dtype: target)
        let kernels = Kernels.active
        withPointers(self, result.rawElements) { x, output in
            Parallel.forEach(elementCount, grain: Parallel.elementGrain) { range in
                let start = range.lowerBound, count = Int64(range.count)
                switch target {
                case .bfloat16:
                    kernels.pointee.f32_to_bf16(count, x + start, output.assumingMemoryBound(to: UInt16.self) + start)
                case .float16:
                    kernels.pointee.f32_to_f16(count, x + start, output.assumingMemoryBound(to: UInt16.self) + start)
                case .int64: Self.clamp(x, to: output.assumingMemoryBound(to: Int64.self), range)
                case .int32: Self.clamp(x, to: output.assumingMemoryBound(to: Int32.self), range)
                case .int8: Self.clamp(x, to: output.assumingMemoryBound(to: Int8.self), range)
                case .uint8: Self.clamp(x, to: output.assumingMemoryBound(to: UInt8.self), range)
                case .bool: for i in range { output.assumingMemoryBound(to: UInt8.self)[i] = x[i] != 0 ? 1 : 0 }
                case .float32: preconditionFailure("float32 needs no conversion")
                }
            }
        }
        return result
    }

    private func toInt64() -> Tensor {
        if dtype == .int64 { return self }
        let result = Tensor(uninitialized: shape, dtype: .int64)
        switch dtype {
        case .int32: Self.widen(int32Elements, to: result)
        case .int8: Self.widen(int8Elements, to: result)
        case .uint8, .bool: Self.widen(byteElements, to: result)
        case .int64, .float32, .bfloat16, .float16: preconditionFailure("\(dtype) is not a narrower integer")
        }
        return result
    }

    private func fromInt64(to target: DType) -> Tensor {
        if target == .int64 { return self }
        let result = Tensor(uninitialized: shape, dtype: target)
        switch target {
        case .int32: narrow(to: result.int32Elements) { Int32(clamping: $0) }
        case .int8: narrow(to: result.int8Elements) { Int8(clamping: $0) }
        case .uint8: narrow(to: result.byteElements) { UInt8(clamping: $0) }
        case .bool: narrow(to: result.byteElements) { $0 != 0 ? 1 : 0 }
        case .int64, .float32, .bfloat16, .float16: preconditionFailure("\(target) is not a narrower integer")
        }
        return result
    }

    private static func widen(_ elements: Elements<some FixedWidthInteger & BitwiseCopyable>, to result: Tensor) {
        withPointers(elements, result.int64Elements) { x, y in
            for i in 0..<result.elementCount { y[i] = Int64(x[i]) }
        }
    }

    private func narrow<Integer: BitwiseCopyable>(to elements: Elements<Integer>, _ convert: (Int64) -> Integer) {
        withPointers(int64Elements, elements) { x, y in
            for i in 0..<elementCount { y[i] = convert(x[i]) }
        }
    }

    private static func clamp<Integer: FixedWidthInteger>(
        _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Integer>, _ range: Range<Int>
    ) {
        for i in range {
            if let exact = Integer(exactly: x[i].rounded(.towardZero)) {
                y[i] = exact
            } else {
                y[i] = x[i].isNaN ? 0 : x[i] > 0 ? .max : .min
            }
        }
    }
}
