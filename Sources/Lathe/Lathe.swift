@_exported import LatheCompression
@_exported import LatheModels
@_exported import LatheNN
@_exported import LatheReport
@_exported import LatheRuntime
@_exported import LatheTasks
@_exported import LatheTensor
