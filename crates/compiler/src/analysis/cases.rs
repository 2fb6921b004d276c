//! A package in; its tests, each case of a parametrised one as `test_x[i]`, out; and such a name as the call that it means (LANGUAGE §19.4).

use stoffel_syntax::FileId;

use super::Cx;
use super::scope::Decl;
use super::tree::{Arg, Expr, ExprKind, Lit, Module, Stmt, StmtKind, Sub};
use crate::hir::ExprKind as HirKind;
use crate::package::Package;

/// What the const with the cases of a test is named after it.
const CASES: &str = "_cases";

/// The tests of the program's own file, in order.
pub(crate) fn tests(package: &Package) -> Vec<String> {
    let (modules, mut diagnostics) = super::modules(package);
    let Some(main) = modules.first() else { return Vec::new() };
    let is_test = |name: &str| name.starts_with("test_");
    let funcs: Vec<(String, bool)> = main
        .funcs
        .iter()
        .filter(|func| !func.nested && func.owner.is_none() && is_test(&func.name.text))
        .map(|func| (func.name.text.to_string(), func.params.len() == 1))
        .collect();
    if funcs.iter().all(|(_, parametrised)| !parametrised) {
        return funcs.into_iter().map(|(name, _)| name).collect();
    }
    let (items, names) = super::package_items(modules, package, &mut diagnostics);
    let mut cx = Cx::new(&items, package, names, diagnostics);
    let mut out = Vec::new();
    for (name, parametrised) in funcs {
        match cx.count_cases(&name).filter(|_| parametrised) {
            Some(count) => out.extend((0..count).map(|at| format!("{name}[{at}]"))),
            // Without cases the header is wrong (E0508), which running it reports.
            None => out.push(name),
        }
    }
    out
}

impl Cx<'_> {
    fn count_cases(&mut self, test: &str) -> Option<usize> {
        let Some(Decl::Const(index)) = self.names.own(FileId(0), &format!("{test}{CASES}")) else { return None };
        match self.const_value(index).kind {
            HirKind::List(items) => Some(items.len()),
            _ => None,
        }
    }
}

/// Makes the program call a test with one of its cases, if `entry` has the form `test_x[i]`; whether it has.
pub(crate) fn call_case(module: &mut Module, entry: &str) -> bool {
    let Some((name, index)) = entry.strip_suffix(']').and_then(|rest| rest.split_once('[')) else { return false };
    let Ok(index) = index.parse::<u32>() else { return false };
    let Some(func) =
        module.funcs.iter().find(|func| !func.nested && func.file() == FileId(0) && &*func.name.text == name)
    else {
        return false;
    };
    let span = func.name.span;
    let expr = |kind, lit| Expr { kind, span, lit };
    let named = |text: &str| expr(ExprKind::Name(text.into()), Lit::No);
    let position = expr(ExprKind::Int(u128::from(index), None), Lit::Int);
    let cases = Box::new(named(&format!("{name}{CASES}")));
    let case = expr(ExprKind::Index(cases, vec![Sub::Expr(position)]), Lit::No);
    let call = expr(ExprKind::Call(Box::new(named(name)), vec![Arg { name: None, value: case }]), Lit::No);
    module.code = vec![Stmt { kind: StmtKind::Expr(call), span }];
    true
}
