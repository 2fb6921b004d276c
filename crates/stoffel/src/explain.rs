//! A diagnostic code in, its page of `docs/diagnostics.md` out.

use stoffel_syntax::Code;

use crate::error::Error;
use crate::names::nearest;

/// All pages; each begins with `## CODE title`.
const PAGES: &str = include_str!("../../../docs/diagnostics.md");

/// The page of a code such as `E0401` (upper or lower case).
///
/// # Errors
/// If there is no such code.
pub fn explain(code: &str) -> Result<&'static str, Error> {
    let wanted = code.to_uppercase();
    let found = Code::parse(&wanted).and_then(|code| page(code.as_str()));
    found.ok_or_else(|| {
        let near = nearest(&wanted, Code::ALL.iter().map(|code| code.as_str())).map(str::to_owned);
        Error::UnknownCode { code: wanted, near }
    })
}

/// Every code with its title.
#[must_use]
pub fn codes() -> Vec<(&'static str, &'static str)> {
    Code::ALL.iter().map(|code| (code.as_str(), code.title())).collect()
}

fn page(code: &str) -> Option<&'static str> {
    let start = PAGES.find(&format!("\n## {code} "))? + 1;
    let rest = &PAGES[start..];
    Some(rest.find("\n\n## ").map_or(rest, |end| &rest[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_page_and_every_page_a_code() {
        for code in Code::ALL {
            let page = explain(code.as_str()).unwrap();
            assert!(page.starts_with(&format!("## {code:?} {}", code.title())), "{page}");
            assert!(page.lines().count() > 2, "{code:?} is not explained");
        }
        assert_eq!(PAGES.matches("\n## ").count(), Code::ALL.len());
    }
}
