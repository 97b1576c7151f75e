/// The looks of the page.
enum Style {
    static let text = Markup(trusted: colours + base + tables + drawings + narrow + print)

    /// Okabe and Ito's colours, darker on paper and lighter on black, so that they are told apart by all eyes and at
    /// least 3 : 1 against the ground.
    private static let colours = """

        :root {
            --ground: #fdfcf9; --raised: #f5f3ee; --ink: #1d1c1a; --soft: #625e57; --rule: #dedad1; --faint: #ebe8e1; --link: #0b5a94;
            --was: #c9c4ba; --now: #0b5a94; --curve: #0b5a94; --raw: #a9c6de; --moment: #b1500f;
            --g0: #0072b2; --g1: #c04a00; --g2: #00805c; --g3: #a8457f; --g4: #8a6500; --g5: #4c4a86;
        }
        @media (prefers-color-scheme: dark) {
            :root {
                --ground: #161618; --raised: #1f1f22; --ink: #e8e6e1; --soft: #a5a199; --rule: #3a3935; --faint: #29292b; --link: #7cc0f0;
                --was: #55534e; --now: #7cc0f0; --curve: #7cc0f0; --raw: #365f80; --moment: #f0a060;
                --g0: #56b4e9; --g1: #f08a4a; --g2: #3cc79a; --g3: #e495c4; --g4: #e3bd4f; --g5: #a9a6ee;
            }
        }
        """

    private static let base = """

        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
        main { max-width: 1120px; margin: 0 auto; padding: 48px 28px 96px; overflow-wrap: anywhere; }
        h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
        h2 { font-size: 1.35rem; line-height: 1.3; margin: 64px 0 12px; padding-top: 12px; border-top: 2px solid var(--ink); }
        h3 { font-size: 1.08rem; margin: 0; }
        h4 { font-size: 1rem; margin: 32px 0 8px; }
        p { margin: 0 0 12px; max-width: 76ch; }
        a { color: var(--link); }
        .meta, .note, .brief { color: var(--soft); }
        .note, figcaption, nav { font-size: 0.875rem; }
        .result { list-style: none; margin: 24px 0 8px; padding: 0; font-size: 1.13rem; }
        .result li { margin: 0 0 8px; max-width: 72ch; }
        nav { margin-top: 28px; padding: 16px 20px; background: var(--raised); border-radius: 6px; }
        nav p { margin: 0 0 8px; }
        nav ol { margin: 0; padding-left: 1.8em; columns: 15em; column-gap: 2.5em; }
        nav li { break-inside: avoid; }
        nav li::marker { color: var(--soft); }
        code, pre, .path { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.8125rem; }
        pre { background: var(--raised); padding: 12px 16px; border-radius: 6px; overflow: auto; max-height: 32rem; line-height: 1.45; margin: 8px 0 16px; }
        pre.wrapped { white-space: pre-wrap; overflow-wrap: anywhere; }
        ul.notes { padding-left: 1.2em; color: var(--soft); }
        ul.moments { columns: 18em; margin: 0; padding-left: 1.2em; }
        summary { cursor: pointer; }
        details.run { border-top: 1px solid var(--rule); }
        details.run:last-of-type { border-bottom: 1px solid var(--rule); }
        details.run > summary { padding: 12px 0; }
        details.run > summary > h3 { display: inline; }
        .brief { font-size: 0.875rem; margin-left: 8px; font-variant-numeric: tabular-nums; }
        .body { padding: 4px 0 40px; scroll-margin-top: 64px; }
        .body details { margin: 8px 0; }
        .body details > summary { color: var(--link); font-size: 0.9375rem; padding: 4px 0; }
        :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
        dl { display: grid; grid-template-columns: minmax(6em, max-content) 1fr; gap: 2px 20px; margin: 8px 0 16px; font-size: 0.875rem; }
        dt { color: var(--soft); }
        dd { margin: 0; }
        """

    private static let tables = """

        .scroll { overflow-x: auto; margin: 8px 0 12px; }
        table { border-collapse: collapse; font-size: 0.875rem; font-variant-numeric: tabular-nums; min-width: min(100%, 640px); }
        caption { text-align: left; color: var(--soft); padding: 0 0 8px; }
        th, td { padding: 5px 12px; text-align: right; vertical-align: baseline; white-space: nowrap; border-bottom: 1px solid var(--faint); }
        th[scope="row"], thead th:first-child, .models td:nth-child(2), .models thead th:nth-child(2), .layers td:nth-child(2), .layers thead th:nth-child(2) {
            text-align: left;
        }
        th[scope="row"] { font-weight: 400; padding-left: 0; white-space: normal; min-width: 13em; max-width: 26em; }
        .models th, .models td { padding-left: 8px; padding-right: 8px; }
        .models th[scope="row"] { min-width: 9em; padding-left: 0; }
        .path { overflow-wrap: anywhere; }
        th.path { max-width: 34em; }
        thead th { font-weight: 400; color: var(--soft); border-bottom: 1px solid var(--ink); vertical-align: bottom; }
        thead th:first-child { padding-left: 0; }
        tr.first th { font-weight: 600; }
        tbody + tbody tr.first > * { padding-top: 20px; }
        .number { display: inline-block; min-width: 1.7em; color: var(--soft); font-weight: 400; font-variant-numeric: tabular-nums; }
        td.bar { background: linear-gradient(var(--link), var(--link)) left 12px bottom 2px / calc(var(--share) * (100% - 24px)) 3px no-repeat; min-width: 6.5em; }
        .layers td.bar { min-width: 5em; }
        """

    private static let drawings = """

        figure { margin: 0; }
        figure.tradeoff { margin: 24px 0 40px; }
        figure.tradeoff .note { margin: 2px 0 8px; }
        figcaption { margin: 0 0 4px; }
        svg { display: block; width: 100%; height: auto; }
        svg text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; fill: var(--ink); }
        .narrow text, .charts text { font-size: 12px; }
        .wide text { font-size: 13px; }
        .charts .flag { font-size: 11px; fill: var(--moment); }
        .tiles text { font-size: 11px; }
        svg text.tick { fill: var(--soft); font-variant-numeric: tabular-nums; }
        svg text.name { paint-order: stroke; stroke: var(--ground); stroke-width: 3px; stroke-linejoin: round; fill: var(--soft); }
        svg text.name.best { fill: var(--ink); }
        .grid { stroke: var(--faint); fill: none; }
        .axis { stroke: var(--soft); fill: none; }
        .leader { stroke: var(--soft); stroke-width: 0.75; fill: none; }
        .frontier { stroke: var(--soft); stroke-width: 1.5; fill: none; stroke-dasharray: 5 3; }
        .mark { fill: var(--ground); stroke: var(--c); stroke-width: 1.75; }
        .mark.best { fill: var(--c); }
        .g0 { --c: var(--g0); } .g1 { --c: var(--g1); } .g2 { --c: var(--g2); } .g3 { --c: var(--g3); } .g4 { --c: var(--g4); } .g5 { --c: var(--g5); }
        .narrow { display: none; }
        .legend { list-style: none; margin: 8px 0; padding: 0; columns: 17em; column-gap: 28px; font-size: 0.875rem; }
        .legend li { break-inside: avoid; display: grid; grid-template-columns: 14px max-content 1fr; gap: 6px; align-items: center; }
        .legend svg { width: 14px; height: 14px; }
        .named .legend { display: none; }
        .networks { list-style: none; margin: 0 0 8px; padding: 0; display: flex; flex-wrap: wrap; gap: 2px 24px; font-size: 0.875rem; }
        .networks li { display: flex; gap: 6px; align-items: center; }
        .networks svg { flex: none; width: 14px; height: 14px; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); gap: 24px 32px; margin: 8px 0 16px; align-items: start; }
        .charts figure { max-width: 440px; }
        .raw { stroke: var(--raw); stroke-width: 1; fill: none; stroke-linejoin: round; }
        .curve { stroke: var(--curve); stroke-width: 2; fill: none; stroke-linejoin: round; }
        .dots { stroke: var(--curve); stroke-width: 6; stroke-linecap: round; }
        .moment { stroke: var(--moment); stroke-width: 1; stroke-dasharray: 3 3; fill: none; }
        .bars { fill: var(--curve); }
        .tiles { list-style: none; margin: 12px 0; padding: 0; display: grid; gap: 20px 32px; }
        .tiles { grid-template-columns: repeat(auto-fill, minmax(min(100%, 330px), 1fr)); }
        .tiles li { display: grid; grid-template-columns: 1fr 1fr; gap: 0 16px; align-content: start; min-width: 0; }
        .tiles p { grid-column: 1 / -1; margin: 0 0 2px; }
        .tiles figcaption { color: var(--soft); margin: 0; }
        .was { fill: var(--was); }
        .now { fill: none; stroke: var(--now); stroke-width: 1.5; stroke-linejoin: round; }
        .key { display: inline-block; width: 14px; height: 10px; margin: 0 2px 0 8px; }
        .key.was { background: var(--was); margin-left: 0; }
        .key.now { border: 1.5px solid var(--now); }
        """

    /// On phones the rows of tables become cards: the name in a line of its own, what belongs to it below.
    private static let narrow = """

        @media screen and (max-width: 900px) {
            .wide { display: none; }
            .narrow { display: block; max-width: 560px; }
            .named .legend { display: block; }
        }
        @media screen and (max-width: 760px) {
            main { padding: 24px 16px 64px; }
            h1 { font-size: 1.6rem; }
            h2 { margin-top: 44px; }
            .brief { display: block; margin-left: 18px; }
            .cards, .cards caption, .cards tbody, .cards tr, .cards th, .cards td { display: block; }
            .cards thead { display: none; }
            .cards { min-width: 0; }
            .cards tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(76px, 1fr)); gap: 4px 14px; padding: 8px 0; }
            .cards tr { border-bottom: 1px solid var(--rule); }
            .cards th[scope="row"] { grid-column: 1 / -1; max-width: none; min-width: 0; padding: 0; border: 0; }
            .cards td { padding: 0; border: 0; text-align: left; white-space: normal; }
            .cards tbody + tbody tr.first > * { padding-top: 0; }
            .cards tr.first { padding-top: 20px; }
            .cards td:empty { display: none; }
            .cards td::before { content: attr(data-name); display: block; font-size: 0.75rem; color: var(--soft); }
            .cards td.bar { background-position: left bottom; background-size: calc(var(--share) * 100%) 3px; padding-bottom: 5px; min-width: 0; }
            .layers td:nth-child(2)::before { content: "kind"; }
            .layers td:nth-child(3)::before { content: "shape"; }
            .layers td:nth-child(4)::before { content: "bits"; }
            .layers td:nth-child(5)::before { content: "input bits"; }
            .layers td:nth-child(6)::before { content: "zeros"; }
            .layers td:nth-child(7)::before { content: "size"; }
            .layers td:nth-child(8)::before { content: "weight error"; }
        }
        """

    private static let print = """

        @media print {
            :root {
                --ground: #fff; --raised: #f4f4f4; --ink: #000; --soft: #444; --rule: #bbb; --faint: #ddd; --link: #000; --was: #c5c5c5;
                --now: #004a80; --curve: #004a80; --raw: #a9c6de; --moment: #9c4400;
                --g0: #0072b2; --g1: #c04a00; --g2: #00805c; --g3: #a8457f; --g4: #8a6500; --g5: #4c4a86;
            }
            body { font-size: 10pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
            main { max-width: none; padding: 0; }
            nav { display: none; }
            pre { max-height: none; white-space: pre-wrap; overflow-wrap: anywhere; }
            figure, tr, .tiles li { break-inside: avoid; }
            h2, h3, h4 { break-after: avoid; }
        }

        """
}
