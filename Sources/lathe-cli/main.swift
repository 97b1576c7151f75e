import Foundation
import LatheCommandLine

exit(CommandLineTool.run(Array(CommandLine.arguments.dropFirst())))
