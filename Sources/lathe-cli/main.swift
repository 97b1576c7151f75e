import Foundation
import LatheCommandLine

ProcessFaults.handle()
exit(CommandLineTool.run(Array(CommandLine.arguments.dropFirst())))
