//! Dicts and optionals as inputs: in printed form, as JSON with keys in printed form, as CSV with empty cells; what is refused.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use stoffel::{Analysis, Backend, CompileOptions, Inputs, Mode, Program, RunOptions};

const SOURCE: &str = "
def main(rows: list[(int64, string?, secret fix64?)] from lab, d: dict[(int64, bool), int64?], n: dict[string, int64]?) -> string:
  return f\"{[(a, b, c.reveal()) for a, b, c in rows]} {d} {n}\"
";

fn program(folder: &Path) -> Program {
    let file = folder.join("main.stfl");
    fs::write(&file, SOURCE).unwrap();
    let analysis = Analysis::of_file(&file, folder, &CompileOptions::default()).unwrap();
    analysis.program().unwrap_or_else(|error| panic!("{error}\n{}", analysis.report(false)))
}

/// The result, or what is wrong with the inputs.
fn run(csv: &str, json: &str, text: &str) -> Result<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let program = program(folder.path());
    let mut inputs = Inputs::default();
    for (name, target, content) in [("rows.csv", "lab.rows", csv), ("d.json", "d", json)] {
        let file = folder.path().join(name);
        fs::write(&file, content).unwrap();
        inputs.add_flag(&format!("{target}=@{}", file.display())).unwrap();
    }
    inputs.add_flag(&format!("n={text}")).unwrap();
    let options = RunOptions::new(Backend::CLEAR, None, None, Mode::Auto, 30_000).unwrap();
    let report = stoffel::run(&program, &inputs, &options, &mut |_| {}).map_err(|error| error.to_string())?;
    Ok(report.values[0].text(true))
}

#[test]
fn empty_cells_and_null_are_none_and_keys_stand_in_printed_form() {
    let result = run("1,,\n2,x y,0.5\n", r#"{"(2, True)": 5, "(1, False)": null}"#, r#"{"b": 1, "a": 2}"#).unwrap();
    let rows = r#"[(1, None, None), (2, "x y", 0.5)]"#;
    assert_eq!(result, format!(r#"{rows} {{(2, True): 5, (1, False): None}} {{"b": 1, "a": 2}}"#));
    assert!(run("1,a,2.5\n", "{}", "None").unwrap().ends_with("{} None"));
}

#[test]
fn what_does_not_fit_names_its_place() {
    let refused = |csv: &str, json: &str, text: &str| run(csv, json, text).unwrap_err();
    let empty = refused(",x,\n", "{}", "None");
    assert!(empty.contains("row 1, column 1") && empty.contains("empty"), "{empty}");
    let twice = refused("", r#"{"(1, True)": 1, "(1, True)": 2}"#, "None");
    assert!(twice.contains("twice") || twice.contains("once"), "{twice}");
    let equal = refused("", r#"{"(1, True)": 1, "(1,True)": 2}"#, "None");
    assert!(equal.contains("once"), "{equal}");
    let key = refused("", r#"{"1": 1}"#, "None");
    assert!(key.contains("tuple"), "{key}");
    let value = refused("", "{}", r#"{"a": "x"}"#);
    assert!(value.contains("int64"), "{value}");
}

#[test]
fn tables_of_a_file_are_public_parameters_or_roles_as_the_program_says() {
    let source = "object Item:\n  id: int64\n  name: string\n\
                  def main(sizes: dict[string, int64], items: list[Item], lab: Item, xs: list[secret int64] from lab) -> string:\n\
                  \x20 return f\"{sizes} {items} {lab} {xs.reveal()}\"\n";
    let analysis = Analysis::of_text("main.stfl", source.to_owned(), &CompileOptions::default());
    let program = analysis.program().unwrap_or_else(|error| panic!("{error}\n{}", analysis.report(false)));
    let mut inputs = Inputs::default();
    let toml = "sizes = { a = 1, b = 2 }\n[lab]\nxs = [3, 4]\n[[items]]\nid = 1\nname = \"x\"\n[[items]]\nid = 2\nname = \"y\"\n";
    inputs.add_toml(Path::new("inputs.toml"), toml).unwrap();
    inputs.add_flag("lab=Item(id: 7, name: \"z\")").unwrap();
    let options = RunOptions::new(Backend::CLEAR, None, None, Mode::Auto, 30_000).unwrap();
    let report = stoffel::run(&program, &inputs, &options, &mut |_| {}).unwrap_or_else(|error| panic!("{error}"));
    let expected = r#"{"a": 1, "b": 2} [Item(id: 1, name: "x"), Item(id: 2, name: "y")] Item(id: 7, name: "z") [3, 4]"#;
    assert_eq!(report.values[0].text(true), expected);
    let mut wrong = Inputs::default();
    wrong.add_toml(Path::new("inputs.toml"), "[nobody]\nx = 1\n").unwrap();
    let error = stoffel::run(&program, &wrong, &options, &mut |_| {}).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("nobody"), "{error}");
}
