//! The table of prelude functions: names, parameters and receivers in, the rules of their files applied (LANGUAGE §16).
//!
//! Numbers, reductions and secrecy are in `reduce`; lists and strings in `sequence`.

mod reduce;
mod sequence;

use stoffel_syntax::{Code, Span};
use stoffel_value::ScalarTy;

use super::body::{Body, Found, Guard, poison};
use super::call::{Given, Named};
use super::scope::Decl;
use super::ty;
use crate::hir::{Expr, Ty};

/// What a function takes as its first argument, for calls by dot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum On {
    Any,
    List,
    Str,
    /// A list or string.
    Sequence,
    Number,
    Bool,
    /// Numbers or a list.
    NumberOrList,
    /// What holds a secret, and everything else for the diagnostic.
    Nothing,
}

/// What is done with a function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Rule {
    Number,
    Sequence,
    /// Not supported yet.
    Later,
}

/// One function.
#[derive(Debug)]
struct Sig {
    name: &'static str,
    params: &'static [&'static str],
    required: usize,
    /// Takes any further arguments.
    variadic: bool,
    on: On,
    rule: Rule,
}

macro_rules! prelude {
    ($($name:literal ($($param:literal),*) $required:literal $variadic:literal $on:ident $rule:ident;)*) => {
        const TABLE: &[Sig] = &[$(Sig {
            name: $name,
            params: &[$($param),*],
            required: $required,
            variadic: $variadic,
            on: On::$on,
            rule: Rule::$rule,
        },)*];
    };
}

prelude! {
    "print" () 0 true Any Number;
    "to_string" ("v") 1 false Any Number;
    "type_name" ("v") 1 false Any Number;
    "type" ("v") 1 false Any Number;
    "reveal" ("x") 1 false Any Number;
    "open" ("x") 1 false Any Number;
    "open_fixed" ("x") 1 false Any Number;
    "batch_open" ("xs") 1 false Any Number;
    "to_secret" ("x") 1 false Any Number;
    "select" ("c", "a", "b") 3 false Bool Number;
    "min" ("a") 1 true NumberOrList Number;
    "max" ("a") 1 true NumberOrList Number;
    "abs" ("x") 1 false Number Number;
    "clamp" ("x", "lo", "hi") 3 false Number Number;
    "sum" ("xs") 1 false List Number;
    "mean" ("xs") 1 false List Number;
    "any" ("xs") 1 false List Number;
    "all" ("xs") 1 false List Number;
    "argmin" ("xs") 1 false List Number;
    "argmax" ("xs") 1 false List Number;
    "dot" ("a", "b") 2 false List Number;
    "assert_close" ("a", "b", "tol") 3 false NumberOrList Number;
    "len" ("x") 1 false Sequence Sequence;
    "range" ("a", "b", "step") 1 false Number Sequence;
    "append" ("xs", "v") 2 false List Sequence;
    "extend" ("xs", "ys") 2 false List Sequence;
    "insert" ("xs", "i", "v") 3 false List Sequence;
    "pop" ("xs", "i") 1 false List Sequence;
    "delete" ("xs", "i") 2 false List Sequence;
    "clear" ("x") 1 false List Sequence;
    "reverse" ("xs") 1 false List Sequence;
    "copy" ("x") 1 false List Sequence;
    "remove" ("x", "v") 2 false List Sequence;
    "index" ("xs", "v", "start", "stop") 2 false List Sequence;
    "count" ("xs", "v") 2 false List Sequence;
    "contains" ("c", "v") 2 false Sequence Sequence;
    "sort" ("xs", "key", "reverse") 1 false List Sequence;
    "sorted" ("xs", "key", "reverse") 1 false List Sequence;
    "slice" ("x", "a", "b", "step") 3 false Sequence Sequence;
    "reversed" ("xs") 1 false List Sequence;
    "enumerate" ("xs") 1 false List Sequence;
    "zip" ("xs", "ys") 2 false List Sequence;
    "split" ("s", "sep") 2 false Str Sequence;
    "join" ("sep", "xs") 2 false Str Sequence;
    "strip" ("s") 1 false Str Sequence;
    "upper" ("s") 1 false Str Sequence;
    "lower" ("s") 1 false Str Sequence;
    "replace" ("s", "a", "b") 3 false Str Sequence;
    "starts_with" ("s", "p") 2 false Str Sequence;
    "ends_with" ("s", "p") 2 false Str Sequence;
    "find" ("s", "p") 2 false Str Later;
    "parse_int" ("s") 1 false Str Later;
    "map" ("xs", "f") 2 false List Later;
    "reveal_to" ("client", "x") 2 false Nothing Later;
    "keys" ("d") 1 false Nothing Later;
    "values" ("d") 1 false Nothing Later;
    "items" ("d") 1 false Nothing Later;
    "get" ("d", "k", "default") 2 false Nothing Later;
    "expect_trap" ("f", "code") 1 false Nothing Later;
    "create_closure" ("f") 1 false Nothing Later;
    "create_closure_with_upvalue" ("f", "p") 2 false Nothing Later;
    "call_closure" ("c") 1 false Nothing Later;
    "call_closure_with_arg" ("c", "v") 2 false Nothing Later;
    "get_upvalue" ("p") 1 false Nothing Later;
    "set_upvalue" ("p", "v") 2 false Nothing Later;
    "array" ("xs") 1 false Nothing Later;
    "zeros" ("shape") 1 false Nothing Later;
    "ones" ("shape") 1 false Nothing Later;
    "full" ("shape", "v") 2 false Nothing Later;
    "identity" ("n") 1 false Nothing Later;
    "arange" ("a", "b", "step") 1 false Nothing Later;
    "cumsum" ("a", "axis") 1 false List Later;
    "argsort" ("a", "axis") 1 false List Later;
    "transpose" ("a", "axes") 1 false Nothing Later;
    "reshape" ("a", "shape") 2 false List Later;
    "concat" ("list", "axis") 1 false Nothing Later;
    "stack" ("list", "axis") 1 false Nothing Later;
    "where" ("c", "a", "b") 3 false Nothing Later;
    "to_list" ("a") 1 false Nothing Later;
}

/// Modules that are always there (LANGUAGE §17).
const MODULES: &[&str] =
    &["Share", "ClientStore", "MpcOutput", "Mpc", "Field", "Crypto", "Bytes", "Rbc", "Avss", "LocalStorage"];

fn sig(name: &str) -> Option<&'static Sig> {
    TABLE.iter().find(|sig| sig.name == name)
}

/// Whether there is a prelude function of this name.
pub(crate) fn is_prelude(name: &str) -> bool {
    sig(name).is_some()
}

/// Whether there is a built-in module of this name; `Share` and the like are types, too.
pub(crate) fn is_module(name: &str) -> bool {
    MODULES.contains(&name)
}

/// The names of all prelude functions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|sig| sig.name)
}

/// Whether a prelude function may be called on a receiver of this type.
pub(crate) fn suits(name: &str, receiver: &Ty) -> bool {
    let number = matches!(ty::scalar(receiver), Some(format) if format != ScalarTy::Bool);
    sig(name).is_some_and(|sig| match sig.on {
        On::Any => true,
        On::List => matches!(receiver, Ty::List(_)),
        On::Str => *receiver == Ty::Str,
        On::Sequence => matches!(receiver, Ty::List(_) | Ty::Str),
        On::Number => number,
        On::Bool => ty::is_bool(receiver),
        On::NumberOrList => number || matches!(receiver, Ty::List(_)),
        On::Nothing => false,
    })
}

/// The arguments of a prelude call by parameter, then the further ones.
pub(crate) struct Args<'s> {
    given: Vec<Option<Given<'s>>>,
    rest: Vec<Given<'s>>,
    span: Span,
}

impl<'s> Args<'s> {
    /// The argument of a parameter that is required.
    fn at(&self, index: usize) -> &Given<'s> {
        self.get(index).expect("required arguments were counted")
    }

    /// The argument of a parameter, if it is given.
    fn get(&self, index: usize) -> Option<&Given<'s>> {
        self.given.get(index).and_then(Option::as_ref)
    }

    /// All of them.
    fn all(&self) -> impl Iterator<Item = &Given<'s>> {
        self.given.iter().flatten().chain(&self.rest)
    }
}

impl Body<'_, '_> {
    /// A call of a prelude function.
    pub(crate) fn prelude_call(&mut self, name: &str, given: Vec<Named<'_>>, span: Span, hint: Option<&Ty>) -> Expr {
        let Some(sig) = sig(name) else { return poison(span) };
        if sig.rule == Rule::Later {
            for arg in &given {
                if !matches!(arg.value.surface().bare().kind, super::tree::ExprKind::Name(_)) {
                    let mark = self.diagnostics.len();
                    self.given(&arg.value, None);
                    self.diagnostics.truncate(mark);
                }
            }
            return self.fail(Code::E0001, span, format!("not supported yet: `{name}`"));
        }
        let values: Vec<Given<'_>> = given.iter().map(|arg| arg.value.clone()).collect();
        let Some(args) = self.prelude_args(sig, given, span) else {
            for value in &values {
                self.given(value, None);
            }
            return poison(span);
        };
        match sig.rule {
            Rule::Number => self.number_call(sig.name, &args, hint),
            Rule::Sequence => self.sequence_call(sig.name, &args, hint),
            Rule::Later => poison(span),
        }
    }

    fn prelude_args<'s>(&mut self, sig: &Sig, given: Vec<Named<'s>>, span: Span) -> Option<Args<'s>> {
        let mut args = Args { given: vec![None; sig.params.len()], rest: Vec::new(), span };
        let count = given.len();
        let mut by_name = false;
        for (at, arg) in given.into_iter().enumerate() {
            let Some(label) = arg.name else {
                if by_name {
                    let message = "arguments without name come before those with one";
                    self.error(Code::E0309, arg.value.surface().span, message);
                    return None;
                }
                if let Some(slot) = args.given.get_mut(at) {
                    *slot = Some(arg.value);
                } else if sig.variadic {
                    args.rest.push(arg.value);
                } else {
                    self.wrong_count(sig, count, span);
                    return None;
                }
                continue;
            };
            by_name = true;
            match sig.params.iter().position(|param| *param == &*label.text) {
                Some(at) if args.given[at].is_none() => args.given[at] = Some(arg.value),
                Some(_) => {
                    self.error(Code::E0309, label.span, format!("`{}` is given twice", label.text));
                    return None;
                }
                None => {
                    let message = format!("`{}` has no parameter `{}`", sig.name, label.text);
                    self.error(Code::E0309, label.span, message);
                    return None;
                }
            }
        }
        if args.given[..sig.required].iter().any(Option::is_none) {
            if by_name {
                self.error(Code::E0309, span, format!("`{}` lacks an argument", sig.name));
            } else {
                self.wrong_count(sig, count, span);
            }
            return None;
        }
        Some(args)
    }

    fn wrong_count(&mut self, sig: &Sig, count: usize, span: Span) {
        let least = sig.required;
        let most = sig.params.len();
        let due = if sig.variadic {
            format!("at least {least}")
        } else if least == most {
            least.to_string()
        } else {
            format!("{least} to {most}")
        };
        self.error(Code::E0308, span, format!("`{}` takes {due} arguments, not {count}", sig.name));
    }

    /// An argument whose kind is wrong.
    fn unsuited(&mut self, name: &str, what: &str, found: &Expr) -> Expr {
        if found.ty == Ty::Error {
            return poison(found.span);
        }
        let message = format!("`{name}` takes {what}, not `{}`", ty::name(&found.ty));
        self.fail(Code::E0301, found.span, message)
    }

    /// An effect under a secret condition.
    fn effect(&mut self, code: Code, name: &str, span: Span) -> bool {
        if self.guard == Some(Guard::Side) {
            self.error(code, span, format!("`{name}` has an effect that a secret condition cannot decide about"));
            return true;
        }
        false
    }

    /// A constant is never changed (E0504).
    fn changes_const(&mut self, given: &Given<'_>) -> bool {
        let Some(name) = given.surface().name().cloned() else { return false };
        let constant = matches!(self.find(&name), Found::Decl(Decl::Const(_)));
        if constant {
            self.error(Code::E0504, given.surface().span, format!("`{name}` is a constant and cannot be changed"));
        }
        constant
    }

    /// A public integer argument as `int64`; `secret` is the code for a secret one.
    fn integer_arg(&mut self, name: &str, given: &Given<'_>, wrong: Code) -> Expr {
        if let Some(local) = self.inferred(given.surface()) {
            self.need(local, super::infer::Role::Place, ty::INT, given.surface().span);
        }
        let value = self.given(given, None);
        if value.ty == Ty::Error {
            return value;
        }
        if ty::has_secret(&value.ty) {
            let message = format!("this argument of `{name}` is public: it decides a length or position");
            return self.leak(Code::E0408, value.span, message, &value);
        }
        if !ty::is_int(&value.ty) {
            let message = format!("`{name}` takes an integer here, not `{}`", ty::name(&value.ty));
            return self.fail(wrong, value.span, message);
        }
        self.in_format(value, ScalarTy::I64)
    }
}
