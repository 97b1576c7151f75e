import LatheKernelAgreement
import LatheKernels
import LatheTestFiles
import Testing

/// One check of one family of kernels; the checks themselves are in C (LatheKernelAgreement), so that they also run
/// where Swift does not.
struct Agreement: Sendable, CustomTestStringConvertible {
    let name: String
    let isa: lathe_isa
    private let check: @convention(c) (UnsafePointer<lathe_kernels>?, UnsafeMutablePointer<CChar>?, Int) -> Bool

    var testDescription: String { "\(String(cString: lathe_isa_name(isa))): \(name)" }

    /// All checks for all variants that this machine can run.
    static let all: [Agreement] = {
        let families = [
            lathe_gemm_agreements, lathe_lowbit_agreements, lathe_vector_agreements, lathe_attention_agreements,
            lathe_convolution_agreements, lathe_image_agreements, lathe_sparse_agreements,
        ]
        let checks = families.flatMap { family in
            var count: Int32 = 0
            let first = family(&count)
            return Array(UnsafeBufferPointer(start: first, count: Int(count)))
        }
        return availableVariants.flatMap { isa in
            checks.map { Agreement(name: String(cString: $0.name), isa: isa, check: $0.check) }
        }
    }()

    static let availableVariants = (0..<LATHE_ISA_COUNT.rawValue).map { lathe_isa($0) }.filter {
        lathe_kernels_for($0) != nil
    }

    /// Nil, or what does not agree.
    func problem() -> String? {
        guard let kernels = lathe_kernels_for(isa) else { return "no such variant" }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { message in
            message.initialize(repeating: 0)
            guard let start = message.baseAddress, !check(kernels, start, message.count) else { return nil }
            return String(cString: start)
        }
    }
}

@Suite("Kernels")
struct AgreementTests {
    @Test("Every variant computes what plain loops compute", .tags(.slow), .unlessQuick, arguments: Agreement.all)
    func agreement(_ agreement: Agreement) {
        let problem = agreement.problem()
        #expect(problem == nil, "\(problem ?? "")")
    }

    @Test("The portable variant is always there, and the active one is among the available")
    func variants() throws {
        let active = try #require(lathe_kernels_active())
        #expect(Agreement.availableVariants.contains(LATHE_ISA_PORTABLE))
        #expect(Agreement.availableVariants.contains(active.pointee.isa))
    }
}
