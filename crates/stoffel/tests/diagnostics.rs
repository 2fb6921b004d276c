//! Every diagnostic code: a page with a wrong program that gives it on the line that is marked, and a right one.
//!
//! The programs of the pages themselves are run by `cargo xtask spec`; here is what ties them to the table of codes.

#![allow(clippy::unwrap_used, reason = "a failed helper fails its test")]

use stoffel::{Analysis, Backend, CompileOptions};

/// The programs of a page.
fn programs(page: &str) -> Vec<&str> {
    page.split("```stoffel\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// The files of a program: those that `# file: NAME` begins, or one.
fn files(program: &str) -> Vec<(String, String)> {
    let mut files = vec![("main.stfl".to_owned(), String::new())];
    for line in program.lines() {
        match line.strip_prefix("# file: ") {
            Some(name) => files.push((name.to_owned(), String::new())),
            None => {
                let text = &mut files.last_mut().unwrap().1;
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    if files.len() > 1 {
        files.remove(0);
    }
    files
}

/// Code, file and line of every finding, for rep3.
fn findings(program: &str) -> Vec<(String, String, usize)> {
    let options = CompileOptions { backend: Some(Backend::REP3), ..CompileOptions::default() };
    let analysis = Analysis::of_texts("main.stfl", &files(program), &options);
    let place = |one| (analysis.file_of(one).to_owned(), analysis.line_of(one) as usize);
    let found = analysis.diagnostics().iter().map(|one| (one.code.as_str().to_owned(), place(one)));
    found.map(|(code, (file, line))| (code, file, line)).collect()
}

/// The line that a program marks for a code.
fn marked(program: &str, code: &str) -> Option<(String, usize)> {
    for (name, text) in files(program) {
        for (line, at) in text.lines().zip(1..) {
            if line.contains(&format!("# error {code} at line 2")) {
                return Some((name, 2));
            }
            if line.split("# ").skip(1).any(|mark| mark.contains(": ") && mark.contains(code)) {
                return Some((name, at));
            }
        }
    }
    None
}

#[test]
fn every_code_is_given_on_the_marked_line_by_the_wrong_program_of_its_page_and_not_by_the_right_one() {
    for (code, _) in stoffel::codes() {
        // The first is for what is not built, the second has no program that one would print.
        if ["E0001", "E0117"].contains(&code) {
            continue;
        }
        let programs = programs(stoffel::explain(code).unwrap());
        let [wrong, .., right] = programs[..] else { panic!("{code} has no wrong program and a right one") };
        let (file, line) = marked(wrong, code).unwrap_or_else(|| panic!("{code} is not marked in\n{wrong}"));
        let found = findings(wrong);
        assert!(found.contains(&(code.to_owned(), file, line)), "{code} is not on line {line}: {found:?}\n{wrong}");
        assert!(findings(right).iter().all(|(one, ..)| one != code), "{code} of the right program\n{right}");
    }
}

#[test]
fn too_deep_nesting_is_e0117_at_the_bracket_that_is_one_too_many() {
    let text = format!("var x = 1\nprint({}x{})\n", "(".repeat(600), ")".repeat(600));
    let analysis = Analysis::of_text("main.stfl", text, &CompileOptions::default());
    let found: Vec<_> = analysis.diagnostics().iter().map(|one| (one.code.as_str(), analysis.line_of(one))).collect();
    assert_eq!(found, [("E0117", 2)]);
}
