//! The name of a `std` module in, its embedded text out.
//!
//! The library is written in StoffelLang and lies in `std/` of the project; the compiler carries it, so that a program and its
//! identity depend on no installed file. Not here: what the modules do (their doc texts say it).

use crate::nearest_name;

/// Modules with their texts, in alphabetical order.
const MODULES: &[(&str, &str)] = &[
    ("crypto", include_str!("../../../std/crypto.stfl")),
    ("math", include_str!("../../../std/math.stfl")),
    ("ml", include_str!("../../../std/ml.stfl")),
    ("sets", include_str!("../../../std/sets.stfl")),
    ("sort", include_str!("../../../std/sort.stfl")),
    ("stats", include_str!("../../../std/stats.stfl")),
];

/// What the file names of the library begin with, in messages and debug info. No file of a package is named so.
pub const STD_PREFIX: &str = "<std>/";

/// The text of a module.
pub(crate) fn text(module: &str) -> Option<&'static str> {
    MODULES.iter().find(|(name, _)| *name == module).map(|(_, text)| *text)
}

/// The file name of a module.
pub(crate) fn file_name(module: &str) -> String {
    format!("{STD_PREFIX}{module}.stfl")
}

/// The module whose name is nearest to a misspelt one.
pub(crate) fn nearest(module: &str) -> Option<&'static str> {
    nearest_name(module, MODULES.iter().map(|(name, _)| *name))
}

/// The modules of the library with their texts: what documentation and tests walk.
#[must_use]
pub fn library_modules() -> &'static [(&'static str, &'static str)] {
    MODULES
}
