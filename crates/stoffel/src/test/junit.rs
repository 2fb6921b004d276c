//! Results of tests in, the XML that build servers read out: a suite per file, a case per test.
//!
//! Source: the schema that Jenkins publishes for its JUnit plugin.

use std::fs;
use std::path::Path;

use quick_xml::Writer;
use quick_xml::events::BytesText;

use super::{TestOutcome, TestResult};
use crate::error::Error;

/// Writes results as JUnit XML, suites in the order of their first test.
///
/// # Errors
/// If the file cannot be written.
pub fn write_junit(file: &Path, results: &[TestResult]) -> Result<(), Error> {
    fs::write(file, to_junit(results)).map_err(|error| Error::write(file, error))
}

fn to_junit(results: &[TestResult]) -> String {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing to memory does not fail.
    let _ = xml.create_element("testsuites").with_attributes(totals("stoffel", results).each()).write_inner_content(
        |xml| {
            for suite in results.chunk_by(|a, b| file_of(a) == file_of(b)) {
                let of_suite = totals(file_of(&suite[0]), suite);
                xml.create_element("testsuite")
                    .with_attributes(of_suite.each())
                    .write_inner_content(|xml| suite.iter().try_for_each(|one| case(xml, one)))?;
            }
            Ok(())
        },
    );
    let body = String::from_utf8_lossy(&xml.into_inner()).into_owned();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}\n")
}

fn file_of(one: &TestResult) -> &str {
    one.name.split_once("::").map_or("", |(file, _)| file)
}

/// Attributes of a suite.
struct Totals([(&'static str, String); 5]);

impl Totals {
    fn each(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

fn totals(name: &str, results: &[TestResult]) -> Totals {
    let count =
        |wanted: fn(&TestOutcome) -> bool| results.iter().filter(|one| wanted(&one.outcome)).count().to_string();
    Totals([
        ("name", name.to_owned()),
        ("tests", results.len().to_string()),
        ("failures", count(|one| matches!(one, TestOutcome::Failed(_)))),
        ("skipped", count(|one| matches!(one, TestOutcome::Skipped(_)))),
        ("time", seconds(results.iter().map(|one| one.seconds).sum())),
    ])
}

fn case(xml: &mut Writer<Vec<u8>>, one: &TestResult) -> std::io::Result<()> {
    let (file, test) = one.name.split_once("::").unwrap_or(("", &one.name));
    let time = seconds(one.seconds);
    let element =
        xml.create_element("testcase").with_attributes([("classname", file), ("name", test), ("time", &time)]);
    match &one.outcome {
        TestOutcome::Passed => element.write_empty()?,
        TestOutcome::Skipped(why) => element.write_inner_content(|xml| {
            xml.create_element("skipped").with_attribute(("message", why.as_str())).write_empty().map(|_| ())
        })?,
        TestOutcome::Failed(why) => element.write_inner_content(|xml| {
            let first = why.lines().next().unwrap_or_default();
            let failure = xml.create_element("failure").with_attribute(("message", first));
            failure.write_text_content(BytesText::new(why)).map(|_| ())
        })?,
    };
    Ok(())
}

fn seconds(seconds: f64) -> String {
    format!("{seconds:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_for_each_file_and_texts_are_escaped() {
        let one = |name: &str, outcome| TestResult { name: name.to_owned(), outcome, seconds: 0.25 };
        let results = [
            one("a_test.stfl::test_x", TestOutcome::Passed),
            one("a_test.stfl::test_y[1]", TestOutcome::Failed("a < b & c\nnote".to_owned())),
            one("b_test.stfl::test_z", TestOutcome::Skipped("\"no\"".to_owned())),
        ];
        let wanted = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
            <testsuites name=\"stoffel\" tests=\"3\" failures=\"1\" skipped=\"1\" time=\"0.750\">\n  \
            <testsuite name=\"a_test.stfl\" tests=\"2\" failures=\"1\" skipped=\"0\" time=\"0.500\">\n    \
            <testcase classname=\"a_test.stfl\" name=\"test_x\" time=\"0.250\"/>\n    \
            <testcase classname=\"a_test.stfl\" name=\"test_y[1]\" time=\"0.250\">\n      \
            <failure message=\"a &lt; b &amp; c\">a &lt; b &amp; c\nnote</failure>\n    </testcase>\n  </testsuite>\n  \
            <testsuite name=\"b_test.stfl\" tests=\"1\" failures=\"0\" skipped=\"1\" time=\"0.250\">\n    \
            <testcase classname=\"b_test.stfl\" name=\"test_z\" time=\"0.250\">\n      \
            <skipped message=\"&quot;no&quot;\"/>\n    </testcase>\n  </testsuite>\n</testsuites>\n";
        assert_eq!(to_junit(&results), wanted);
    }
}
