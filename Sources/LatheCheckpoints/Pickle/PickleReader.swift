/// Reads the pickle of a state dict: dictionaries, lists, tuples, plain values and tensors.
///
/// Only the instructions that `torch.save` emits for such values are understood, and only the functions in
/// `PickleGlobal` are recognised. Everything else is refused by name, and nothing is executed. What a pickle takes in
/// memory is bounded by a small multiple of its size.
package enum PickleReader {
    /// The longest pickle that is read, in bytes.
    package static let byteLimit = 1 << 26
    /// How many instructions are followed: a tensor takes about 40. Each may take 100 bytes of memory.
    package static let instructionLimit = 1 << 22
    /// How deep containers may be nested.
    package static let depthLimit = 100
    /// How many dimensions a tensor may have.
    package static let dimensionLimit = 64

    /// Reads the pickle that begins at `start`.
    /// - Parameters:
    ///   - bytes: the pickle, and possibly more behind it.
    ///   - start: where it begins; offsets in messages count from the start of `bytes`.
    ///   - file: the name for messages, such as `pytorch_model.bin: data.pkl`.
    /// - Throws: `PickleError` with the place of the first instruction that is malformed or refused.
    package static func read(
        _ bytes: UnsafeRawBufferPointer, from start: Int = 0, file: String
    ) throws(PickleError) -> Pickle {
        var machine = PickleMachine(bytes, start: start, file: file)
        return try machine.run()
    }

    /// Reads the pickle that `bytes` hold.
    /// - Throws: `PickleError` with the place of the first instruction that is malformed or refused.
    package static func read(_ bytes: [UInt8], file: String) throws(PickleError) -> Pickle {
        let result: Result<Pickle, PickleError> = bytes.withUnsafeBytes { buffer in
            do throws(PickleError) {
                return .success(try read(buffer, file: file))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
