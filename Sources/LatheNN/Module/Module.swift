import LatheTensor

/// A part of a network: parameters, parts of its own, and usually a `callAsFunction` that computes something with them.
///
/// A module declares its parts with `@Child("name")`; the names, joined by dots on the way down, are the keys of its
/// parameters in a checkpoint:
///
/// ```swift
/// final class FeedForward: Module {
///     @Child("intermediate.dense") var expansion: Linear
///     @Child("output.dense") var projection: Linear
/// }
/// ```
public protocol Module: AnyObject, ModuleMember {}

/// Something that `@Child` can hold: a module, a parameter, a weight, or an array or optional of those.
public protocol ModuleMember {
    /// Shows the modules and parameters in this member, which stands at `path`, to `visitor`.
    func visit(at path: ModulePath, _ visitor: inout some ModuleVisitor)
}

/// Sees every module and parameter of a network once, in the order of declaration, parents before children.
public protocol ModuleVisitor {
    mutating func visit(_ module: any Module, at path: ModulePath)
    mutating func visit(_ parameter: Parameter, at path: ModulePath)
    /// Visits what a packed weight at `path` stores, its codes and scales, by what follows the path in their names;
    /// made when it is asked for.
    mutating func visit(packed path: ModulePath, _ stored: @escaping () -> [(suffix: String, tensor: Tensor)])
}

/// Where a module or parameter stands in a network: `bert.encoder.layer.3.attention.self.query`.
public struct ModulePath: Sendable, Hashable, CustomStringConvertible {
    /// The path of the network itself, an empty string.
    public static let root = ModulePath("")

    public let description: String

    public init(_ description: String) {
        self.description = description
    }

    /// The path of a part called `name`; parts without a name share their parent's path.
    public func appending(_ name: String) -> ModulePath {
        if name.isEmpty { return self }
        return ModulePath(description.isEmpty ? name : description + "." + name)
    }

    /// The path of what is called `name` and has the same parent: `dense.bias` beside `dense.weight`.
    func beside(_ name: String) -> ModulePath {
        let parent = description.lastIndex(of: ".").map { String(description[..<$0]) } ?? ""
        return ModulePath(parent).appending(name)
    }
}

/// Declares a part of a module and its name in checkpoints. The module's initialiser assigns the part.
@propertyWrapper
public struct Child<Value: ModuleMember> {
    /// The name in checkpoints, which may hold dots.
    public let key: String
    private var value: Value?

    public init(_ key: String) {
        self.key = key
    }

    public var wrappedValue: Value {
        get {
            guard let value else {
                preconditionFailure("the part '\(key)' is used before the module's initialiser assigned it")
            }
            return value
        }
        set { value = newValue }
    }
}

/// What reflection finds where a module declares a part.
private protocol DeclaredChild {
    var key: String { get }
    var member: any ModuleMember { get }
}

extension Child: DeclaredChild {
    fileprivate var member: any ModuleMember { wrappedValue }
}

extension Module {
    public func visit(at path: ModulePath, _ visitor: inout some ModuleVisitor) {
        visitor.visit(self, at: path)
        for case let child as any DeclaredChild in Mirror(reflecting: self).children.map(\.value) {
            child.member.visit(at: path.appending(child.key), &visitor)
        }
    }
}

extension Parameter: ModuleMember {
    public func visit(at path: ModulePath, _ visitor: inout some ModuleVisitor) {
        visitor.visit(self, at: path)
    }
}

extension Array: ModuleMember where Element: ModuleMember {
    /// Elements are named by their numbers.
    public func visit(at path: ModulePath, _ visitor: inout some ModuleVisitor) {
        for (index, element) in enumerated() { element.visit(at: path.appending(String(index)), &visitor) }
    }
}

extension Optional: ModuleMember where Wrapped: ModuleMember {
    public func visit(at path: ModulePath, _ visitor: inout some ModuleVisitor) {
        self?.visit(at: path, &visitor)
    }
}
