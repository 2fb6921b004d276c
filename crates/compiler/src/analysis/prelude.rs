//! The table of prelude functions: names, parameters and receivers in, the rules of their files applied (LANGUAGE §16).
//!
//! Numbers, reductions and secrecy are in `reduce`; lists and strings in `sequence`; what calls functions in `function` and `closure`.

mod array;
mod closure;
mod dict;
mod function;
mod reduce;
mod sequence;

pub(crate) use closure::needs_upvalue;
use stoffel_syntax::{Code, Span};
use stoffel_value::ScalarTy;

use super::body::{Body, Found, poison};
use super::call::{Given, Named};
use super::scope::Decl;
use super::ty;
use crate::hir::{Expr, Ty};

/// What a function takes as its first argument, for calls by dot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum On {
    Any,
    List,
    /// What can be copied: a list, an array, a dict or an object.
    Shared,
    Str,
    /// A list or string.
    Sequence,
    Dict,
    /// A list or dict.
    Container,
    /// A list, dict or string.
    Sized,
    Number,
    Bool,
    /// A function.
    Func,
    /// Numbers, an array or a list.
    NumberOrList,
    /// A list or array.
    ListOrArray,
    /// An array.
    Array,
    /// What holds a secret, and everything else for the diagnostic.
    Nothing,
}

/// What is done with a function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rule {
    Number,
    Sequence,
    Dict,
    /// A function of a protocol module.
    Module,
    Array,
    /// Calls a function.
    Function,
    /// A closure function of language 0.1.
    Closure,
}

/// One function.
#[derive(Debug)]
pub(super) struct Sig {
    pub(super) name: &'static str,
    pub(super) params: &'static [&'static str],
    pub(super) required: usize,
    /// Takes any further arguments.
    pub(super) variadic: bool,
    pub(super) on: On,
    pub(super) rule: Rule,
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
    "min" ("a", "axis") 1 true NumberOrList Number;
    "max" ("a", "axis") 1 true NumberOrList Number;
    "abs" ("x") 1 false Number Number;
    "clamp" ("x", "lo", "hi") 3 false Number Number;
    "sum" ("xs", "axis") 1 false ListOrArray Number;
    "mean" ("xs", "axis") 1 false ListOrArray Number;
    "any" ("xs", "axis") 1 false ListOrArray Number;
    "all" ("xs", "axis") 1 false ListOrArray Number;
    "argmin" ("xs", "axis") 1 false ListOrArray Number;
    "argmax" ("xs", "axis") 1 false ListOrArray Number;
    "dot" ("a", "b") 2 false ListOrArray Number;
    "assert_close" ("a", "b", "tol") 3 false NumberOrList Number;
    "len" ("x") 1 false Sized Sequence;
    "range" ("a", "b", "step") 1 false Number Sequence;
    "append" ("xs", "v") 2 false List Sequence;
    "extend" ("xs", "ys") 2 false List Sequence;
    "insert" ("xs", "i", "v") 3 false List Sequence;
    "pop" ("xs", "i") 1 false List Sequence;
    "delete" ("xs", "i") 2 false List Sequence;
    "clear" ("x") 1 false Container Sequence;
    "reverse" ("xs") 1 false List Sequence;
    "copy" ("x") 1 false Shared Sequence;
    "remove" ("x", "v") 2 false Container Sequence;
    "index" ("xs", "v", "start", "stop") 2 false List Sequence;
    "count" ("xs", "v") 2 false List Sequence;
    "contains" ("c", "v") 2 false Sized Sequence;
    "sort" ("xs", "key", "reverse", "axis") 1 false ListOrArray Sequence;
    "sorted" ("xs", "key", "reverse", "axis") 1 false ListOrArray Sequence;
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
    "find" ("s", "p") 2 false Str Sequence;
    "parse_int" ("s") 1 false Str Sequence;
    "map" ("xs", "f") 2 false ListOrArray Function;
    "reveal_to" ("client", "x") 2 false Nothing Number;
    "keys" ("d") 1 false Dict Dict;
    "values" ("d") 1 false Dict Dict;
    "items" ("d") 1 false Dict Dict;
    "get" ("d", "k", "default") 2 false Dict Dict;
    "expect_trap" ("f", "code") 1 false Func Function;
    "create_closure" ("f") 1 false Nothing Closure;
    "create_closure_with_upvalue" ("f", "p") 2 false Nothing Closure;
    "call_closure" ("c") 1 false Func Closure;
    "call_closure_with_arg" ("c", "v") 2 false Func Closure;
    "get_upvalue" ("p") 1 false Nothing Closure;
    "set_upvalue" ("p", "v") 2 false Nothing Closure;
    "array" ("xs") 1 false Nothing Array;
    "zeros" ("shape") 1 false Nothing Array;
    "ones" ("shape") 1 false Nothing Array;
    "full" ("shape", "v") 2 false Nothing Array;
    "identity" ("n") 1 false Nothing Array;
    "arange" ("a", "b", "step") 1 false Nothing Array;
    "cumsum" ("a", "axis") 1 false Array Array;
    "argsort" ("a", "axis") 1 false Array Array;
    "transpose" ("a", "axes") 1 false Array Array;
    "reshape" ("a", "shape") 2 false Array Array;
    "concat" ("list", "axis") 1 false Nothing Array;
    "stack" ("list", "axis") 1 false Nothing Array;
    "where" ("c", "a", "b") 3 false Array Array;
    "to_list" ("a") 1 false Array Array;
}

/// Modules that are always there (LANGUAGE §17).
const MODULES: &[&str] =
    &["Share", "ClientStore", "MpcOutput", "Mpc", "Field", "Crypto", "Bytes", "Rbc", "Avss", "LocalStorage"];

fn sig(name: &str) -> Option<&'static Sig> {
    TABLE.iter().find(|sig| sig.name == name)
}

/// How many arguments a prelude function must be given.
pub(crate) fn required(name: &str) -> Option<usize> {
    sig(name).map(|sig| sig.required)
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
        On::Shared => matches!(receiver, Ty::List(_) | Ty::Array(_) | Ty::Dict(..) | Ty::Object(_)),
        On::Func => matches!(receiver, Ty::Func(_) | Ty::Def(_) | Ty::Closure),
        On::Str => *receiver == Ty::Str,
        On::Sequence => matches!(receiver, Ty::List(_) | Ty::Array(_) | Ty::Str | Ty::Text),
        On::Dict => matches!(receiver, Ty::Dict(..)),
        On::Container => matches!(receiver, Ty::List(_) | Ty::Array(_) | Ty::Dict(..)),
        On::Sized => matches!(receiver, Ty::List(_) | Ty::Array(_) | Ty::Dict(..) | Ty::Str | Ty::Text),
        On::ListOrArray => matches!(receiver, Ty::List(_) | Ty::Array(_)),
        On::Array => matches!(receiver, Ty::Array(_)),
        On::Number => number || matches!(receiver, Ty::Array(_)),
        On::Bool => ty::is_bool(receiver),
        On::NumberOrList => number || matches!(receiver, Ty::List(_) | Ty::Array(_)),
        On::Nothing => false,
    })
}

/// The arguments of a prelude call by parameter, then the further ones.
pub(super) struct Args<'s> {
    given: Vec<Option<Given<'s>>>,
    rest: Vec<Given<'s>>,
    pub(super) span: Span,
}

impl<'s> Args<'s> {
    /// The argument of a parameter that is required.
    pub(super) fn at(&self, index: usize) -> &Given<'s> {
        self.get(index).expect("required arguments were counted")
    }

    /// The argument of a parameter, if it is given.
    pub(super) fn get(&self, index: usize) -> Option<&Given<'s>> {
        self.given.get(index).and_then(Option::as_ref)
    }

    /// The argument for the axis of an array; of functions that lists have too, the second one may be given without its name.
    fn axis(&self, sig: &Sig) -> Option<&Given<'s>> {
        let place = sig.params.iter().position(|param| *param == "axis")?;
        self.get(place)
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Given<'s>> {
        self.given.iter().flatten().chain(&self.rest)
    }
}

impl Body<'_, '_> {
    /// A call of a prelude function.
    pub(crate) fn prelude_call(&mut self, name: &str, given: Vec<Named<'_>>, span: Span, hint: Option<&Ty>) -> Expr {
        let Some(sig) = sig(name) else { return poison(span) };
        let values: Vec<Given<'_>> = given.iter().map(|arg| arg.value.clone()).collect();
        let Some(mut args) = self.prelude_args(sig, given, span) else {
            for value in &values {
                self.given(value, None);
            }
            return poison(span);
        };
        if let Some(result) = self.on_array(sig, &mut args) {
            return result;
        }
        match sig.rule {
            Rule::Number => self.number_call(sig.name, &args, hint),
            Rule::Sequence => self.sequence_call(sig.name, &args),
            Rule::Dict => self.dict_call(sig.name, &args),
            Rule::Array => self.array_call(sig.name, &args, hint),
            Rule::Function => self.function_prelude(sig.name, &args),
            Rule::Closure => self.closure_prelude(sig.name, &args, hint),
            Rule::Module => poison(span),
        }
    }

    pub(super) fn prelude_args<'s>(&mut self, sig: &Sig, given: Vec<Named<'s>>, span: Span) -> Option<Args<'s>> {
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
                // Further arguments of `min` are operands, never an axis.
                let places = if sig.variadic { sig.required } else { sig.params.len() };
                if let Some(slot) = args.given.get_mut(at).filter(|_| at < places) {
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
    pub(super) fn unsuited(&mut self, name: &str, what: &str, found: &Expr) -> Expr {
        if found.ty == Ty::Error || self.unchecked(&found.ty, found.span) {
            return poison(found.span);
        }
        let message = format!("`{name}` takes {what}, not `{}`", ty::name(&found.ty));
        self.fail(Code::E0301, found.span, message)
    }

    /// An effect under a secret condition.
    pub(super) fn effect(&mut self, code: Code, name: &str, span: Span) -> bool {
        self.forbid(code, span, format!("`{name}` has an effect that a secret condition cannot decide about"))
    }

    /// A constant is never changed (E0504).
    fn changes_const(&mut self, given: &Given<'_>) -> bool {
        let Some(Found::Decl(Decl::Const(index))) = self.denotes(given.surface()) else { return false };
        let name = self.cx.module.consts[index].name.text.clone();
        self.error(Code::E0504, given.surface().span, format!("`{name}` is a constant and cannot be changed"));
        true
    }

    /// A public integer argument as `int64`; `secret` is the code for a secret one.
    fn integer_arg(&mut self, name: &str, given: &Given<'_>, wrong: Code) -> Expr {
        if let Some(local) = self.inferred(given.surface()) {
            self.need(local, super::infer::Role::Place, ty::INT, given.surface().span);
        }
        let value = self.given(given, None);
        let value = self.plain(value);
        if value.ty == Ty::Error {
            return value;
        }
        if ty::has_secret(&value.ty) && super::rule::Rule::Length.on() {
            let message = format!("this argument of `{name}` is public: it decides a length or position");
            return self.leak(Code::E0408, value.span, message, &value);
        }
        if self.unchecked(&value.ty, value.span) {
            return poison(value.span);
        }
        if !ty::is_int(&value.ty) {
            let message = format!("`{name}` takes an integer here, not `{}`", ty::name(&value.ty));
            return self.fail(wrong, value.span, message);
        }
        self.in_format(value, ScalarTy::I64)
    }
}
