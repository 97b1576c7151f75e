import Foundation
import LatheAllocation
import LatheCommandLine
import LatheTensor

ProcessFaults.handle()
OutOfMemory.setHandler { lathe_allocation_failed(UInt($0)) }
exit(CommandLineTool.run(Array(CommandLine.arguments.dropFirst())))
