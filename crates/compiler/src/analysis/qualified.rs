//! Dotted names in, what they denote in another module out (LANGUAGE §9.3, §15).
//!
//! `m.x`, where `m` is the name of an imported module or its dotted path, denotes an export of it, in expressions and types alike.
//! A variable of the same name comes first. Not here: which names there are (`scope`).

use stoffel_syntax::{Code, Diagnostic, FileId, Span};

use super::Cx;
use super::body::{Body, Found};
use super::scope::{Decl, file_name};
use super::tree::{Expr as Surface, ExprKind, Ident};

impl Cx<'_> {
    /// An export of a module; what is wrong goes to `out`, and `None` comes back.
    pub(crate) fn export(&self, module: FileId, name: &Ident, out: &mut Vec<Diagnostic>) -> Option<Decl> {
        match self.names.export(module, &name.text) {
            Ok(decl) => Some(decl),
            Err(hidden) => {
                // A name that is missing has been reported by the parser.
                if !name.text.is_empty() {
                    out.push(hidden.report(&name.text, name.span, file_name(self.package.sources(), module)));
                }
                None
            }
        }
    }

    /// E0208.
    pub(crate) fn ambiguous(&self, name: &str, span: Span, a: FileId, b: FileId) -> Diagnostic {
        let sources = self.package.sources();
        let (a, b) = (file_name(sources, a), file_name(sources, b));
        Diagnostic::new(Code::E0208, span, format!("both {a} and {b} export `{name}`"))
            .help(format!("write the module before it, or import it: `from … import {name}`"))
    }
}

impl Body<'_, '_> {
    /// What an expression denotes that is a name, plain or of a module; `None` for any other. What is wrong with a module's name is
    /// reported, and [`Found::Silent`] comes back.
    pub(crate) fn denotes(&mut self, expr: &Surface) -> Option<Found> {
        match &expr.bare().kind {
            ExprKind::Name(name) => Some(self.find(name)),
            ExprKind::Field(base, name) => self.qualified(base, name),
            _ => None,
        }
    }

    /// What `base.name` denotes if `base` names a module, or is itself the path of one.
    pub(crate) fn qualified(&mut self, base: &Surface, name: &Ident) -> Option<Found> {
        let mut path = self.path(base)?;
        match self.module(&path) {
            Some(Decl::Module(module)) => {
                // A longer path is a module of its own: `import a` and `import a.b`.
                path.push(&name.text);
                if let Some(inner) = self.module(&path) {
                    return Some(Found::of(inner));
                }
                let cx = &*self.cx;
                return Some(cx.export(module, name, &mut self.diagnostics).map_or(Found::Silent, Found::of));
            }
            Some(_) => return Some(Found::Silent),
            None => {}
        }
        path.push(&name.text);
        self.module(&path).map(Found::of)
    }

    fn module(&self, path: &[&str]) -> Option<Decl> {
        self.cx.names.module(self.file, path)
    }

    /// The names of `a.b.c` unless `a` is a variable, or anything else that is declared and no module.
    fn path<'s>(&mut self, expr: &'s Surface) -> Option<Vec<&'s str>> {
        match &expr.bare().kind {
            ExprKind::Name(name) => match self.find(name) {
                Found::Decl(Decl::Module(_)) | Found::Nothing | Found::Silent | Found::Prelude => Some(vec![name]),
                _ => None,
            },
            ExprKind::Field(base, name) => {
                let mut path = self.path(base)?;
                path.push(&name.text);
                Some(path)
            }
            _ => None,
        }
    }
}
