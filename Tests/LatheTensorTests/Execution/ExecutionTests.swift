import LatheTensor
import Testing

@Suite("Execution settings")
struct ExecutionTests {
    @Test("Gradients are recorded, in the usual arithmetic, outside training, unless asked otherwise")
    func defaults() {
        #expect(Execution.current.recordsGradients)
        #expect(Execution.current.precision == nil)
        #expect(!Execution.current.isTraining)
    }

    @Test("Settings combine inside and are restored outside")
    func scopes() {
        withTraining {
            withPrecision(.bfloat16) {
                withoutGradients {
                    #expect(Execution.current.isTraining)
                    #expect(Execution.current.precision == .bfloat16)
                    #expect(!Execution.current.recordsGradients)
                }
                #expect(Execution.current.recordsGradients)
            }
            withInference { #expect(!Execution.current.isTraining && !Execution.current.recordsGradients) }
            #expect(Execution.current.precision == nil)
        }
        #expect(!Execution.current.isTraining)
    }

    @Test("Settings are restored when the body throws")
    func throwing() {
        struct Interruption: Error {}
        #expect(throws: Interruption.self) { try withInference { throw Interruption() } }
        #expect(Execution.current.recordsGradients)
    }
}
