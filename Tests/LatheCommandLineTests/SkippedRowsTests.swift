import Foundation
import LatheTestModels
import Testing

@testable import LatheCommandLine

@Suite("Rows that are left out")
struct SkippedRowsTests {
    private let models: TinyModels

    init() throws {
        models = try TinyModels()
        try models.bert("bert", labels: ["not_duplicate", "duplicate"])
        let rows = (0..<12).map { "\($0)\t1\t2\t\($0 % 2 == 0 ? "a great film" : "the plot")\tis it good\t\($0 % 2)\n" }
        try models.file(
            "qqp.tsv",
            "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n" + rows.joined() + "9\t1\t2\tbroken\trow\n8\t1\n")
    }

    @Test(
        "Every command that reads the file says how many, once",
        arguments: [
            "eval --model @bert --task qqp --data @qqp.tsv", "eval --model @bert --task qqp --data @qqp.tsv --json",
            "train --model @bert --task qqp --train @qqp.tsv --steps 1 --batch 4 --out @out",
            "compress --model @bert --goal int8 --task qqp --train @qqp.tsv --dev @qqp.tsv --steps 1 --batch 4 --out @out",
            "quantize --model @bert --task qqp --dev @qqp.tsv --out @out",
            "quantize --model @bert --lkd --calibration @qqp.tsv --task qqp --lkd-steps 1 --lkd-batch 4 --out @out",
            "sensitivity --model @bert --calibration @qqp.tsv --task qqp --bits 8",
            "search --model @bert --calibration @qqp.tsv --task qqp --dev @qqp.tsv --size 0.9x --bits 8 --rounds 0 --out @c.json",
            "augment --model @bert --task qqp --data @qqp.tsv --copies 1 --out @more.tsv",
        ])
    func counts(command: String) {
        let transcript = Transcript()
        #expect(
            transcript.run(command.replacingOccurrences(of: "@", with: models.path + "/")) == 0, "\(transcript.errors)")
        #expect(
            transcript.errors.components(separatedBy: "qqp.tsv: 2 rows left out, 12 read").count == 2,
            "\(transcript.errors)")
    }

    @Test("A file that is read as a whole is not mentioned")
    func whole() throws {
        try models.file("whole.tsv", "question1\tquestion2\tis_duplicate\na film\ta great film\t1\n")
        let transcript = Transcript()
        #expect(
            transcript.run("eval --model \(models.path("bert")) --task qqp --data \(models.path("whole.tsv"))") == 0)
        #expect(!transcript.errors.contains("left out"))
    }
}
