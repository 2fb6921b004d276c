//! The typed views: every construct has its parts, and literals their values.

#![allow(clippy::unwrap_used, reason = "a failed helper fails its test")]

use stoffel_syntax::ast::{
    AstNode, AugOp, BinaryOp, Clause, Comparison, Expr, FPart, FuncDef, IntSuffix, Member, Module, Pattern, ResultForm,
    Stmt, Sub, TypeArg, TypeExpr, UnaryOp,
};
use stoffel_syntax::{FileId, parse, parse_std};

fn module(text: &str) -> Module {
    let parse = parse_std(FileId(0), text);
    assert_eq!(parse.diagnostics, [], "{text}");
    parse.tree()
}

fn statement(text: &str) -> Stmt {
    module(text).statements().next().unwrap()
}

/// The one expression of `text`.
fn expr(text: &str) -> Expr {
    match statement(text) {
        Stmt::Expr(statement) => statement.expr().unwrap(),
        other => panic!("{other:?}"),
    }
}

fn func(text: &str) -> FuncDef {
    match statement(text) {
        Stmt::Func(func) => func,
        other => panic!("{other:?}"),
    }
}

/// The type in `var x: …`.
fn ty(text: &str) -> TypeExpr {
    match statement(&format!("var x: {text}\n")) {
        Stmt::Var(var) => var.ty().unwrap(),
        other => panic!("{other:?}"),
    }
}

fn text(node: &impl AstNode) -> String {
    node.syntax().text().to_string()
}

/// An expression with all brackets, to see how it was grouped.
fn grouped(expr: &Expr) -> String {
    let join = |parts: Vec<String>| format!("({})", parts.join(" "));
    match expr {
        Expr::Binary(binary) => {
            let mut parts = Vec::new();
            let mut ops = binary.ops();
            for operand in binary.operands() {
                parts.push(grouped(&operand));
                parts.extend(ops.next().map(|(op, _)| op.text().to_owned()));
            }
            join(parts)
        }
        Expr::Compare(compare) => {
            let mut parts = Vec::new();
            let mut ops = compare.ops();
            for operand in compare.operands() {
                parts.push(grouped(&operand));
                parts.extend(ops.next().map(|op| op.op().unwrap().text().to_owned()));
            }
            join(parts)
        }
        Expr::Power(power) => {
            join(vec![grouped(&power.base().unwrap()), "**".into(), grouped(&power.exponent().unwrap())])
        }
        Expr::Range(range) => {
            join(vec![grouped(&range.start().unwrap()), "..".into(), grouped(&range.stop().unwrap())])
        }
        Expr::Unary(unary) => join(vec![unary.op().unwrap().text().into(), grouped(&unary.operand().unwrap())]),
        Expr::Cond(cond) => join(vec![
            grouped(&cond.then().unwrap()),
            "if".into(),
            grouped(&cond.condition().unwrap()),
            "else".into(),
            grouped(&cond.otherwise().unwrap()),
        ]),
        Expr::Lambda(lambda) => join(vec!["lambda".into(), grouped(&lambda.body().unwrap())]),
        other => text(other),
    }
}

#[test]
fn operators_bind_as_the_table_says() {
    for (source, expected) in [
        ("a or b xor c or d", "(a or b xor c or d)"),
        ("a or b and c", "(a or (b and c))"),
        ("not a == b and c", "((not (a == b)) and c)"),
        ("not not a < b", "(not (not (a < b)))"),
        ("a == not b", "(a == (not b))"),
        ("a + not b * c", "(a + ((not b) * c))"),
        ("a < b <= c is not d not in e", "(a < b <= c is not d not in e)"),
        ("a is None", "(a is None)"),
        ("a | b ^ c & d", "(a | (b ^ (c & d)))"),
        ("a & b ^ c | d", "(((a & b) ^ c) | d)"),
        ("a << b + c", "(a << (b + c))"),
        ("a + b - c +% d", "(a + b - c +% d)"),
        ("1 + 7 mod 3", "(1 + (7 mod 3))"),
        ("1 shl 2 + 1", "((1 << 2) + 1)"),
        ("a * b / c // d % e @ f *% g shr h", "(a * b / c // d % e @ f *% g >> h)"),
        ("-2 ** 2", "(- (2 ** 2))"),
        ("2 ** -1", "(2 ** (- 1))"),
        ("2 ** 3 ** 2", "(2 ** (3 ** 2))"),
        ("-a * ~b", "((- a) * (~ b))"),
        ("a .. b + 1", "(a .. (b + 1))"),
        ("a == b .. c", "(a == (b .. c))"),
        ("a if b else c if d else e", "(a if b else (c if d else e))"),
        ("a or b if c or d else e or f", "((a or b) if (c or d) else (e or f))"),
        ("lambda: a if b else c", "(lambda (a if b else c))"),
        ("a in b or c", "((a in b) or c)"),
    ] {
        assert_eq!(grouped(&expr(source)), expected, "{source}");
    }
}

#[test]
fn foreign_operators_stand_for_ours() {
    let tree = parse(FileId(0), "!a && b || c === d\n").tree();
    let Some(Stmt::Expr(statement)) = tree.statements().next() else { panic!() };
    assert_eq!(grouped(&statement.expr().unwrap()), "(((not a) and b) or (c == d))");
}

#[test]
fn literals_have_values() {
    let int = |text: &str| match expr(text) {
        Expr::Int(int) => (int.value(), int.suffix()),
        other => panic!("{other:?}"),
    };
    assert_eq!(int("007"), (7, None));
    assert_eq!(int("1_000"), (1000, None));
    assert_eq!(int("0xFF_u8"), (255, Some(IntSuffix::U8)));
    assert_eq!(int("0b101i64"), (5, Some(IntSuffix::I64)));
    assert_eq!(int("0O17"), (15, None));
    assert_eq!(int("340282366920938463463374607431768211455"), (u128::MAX, None));
    for (source, value) in [(".5", 0.5), ("1e5", 1e5), ("1_0.2_5E-1", 1.025), ("1e999", f64::INFINITY)] {
        let Expr::Float(float) = expr(source) else { panic!() };
        assert_eq!(float.value(), value);
    }
    // In brackets, so that it is no doc text.
    let string = |text: &str| match expr(&format!("({text})")).unparenthesized() {
        Expr::String(string) => string.value(),
        other => panic!("{other:?}"),
    };
    assert_eq!(string(r#""a\n\t\r\0\\\"\'\u{1F600}é""#), "a\n\t\r\0\\\"'😀é");
    assert_eq!(string("'''a\r\nb'c'''"), "a\nb'c");
    assert_eq!(string("''"), "");
    assert!(matches!(expr("True"), Expr::Bool(b) if b.value()));
    assert!(matches!(expr("False"), Expr::Bool(b) if !b.value()));
    assert!(matches!(expr("None"), Expr::None(_)));
}

#[test]
fn formatted_strings_have_texts_and_holes() {
    let Expr::FString(string) = expr(r#"f"a\t{{b}}{x + 1}{y:>5}{z:}!""#) else { panic!() };
    let parts: Vec<_> = string
        .parts()
        .map(|part| match part {
            FPart::Text(text) => text,
            FPart::Hole(hole) => format!("<{}|{:?}>", grouped(&hole.expr().unwrap()), hole.spec()),
        })
        .collect();
    assert_eq!(parts, ["a\t{b}", "<(x + 1)|None>", "<y|Some(\">5\")>", "<z|Some(\"\")>", "!"]);
}

#[test]
fn calls_fields_and_indices_nest() {
    let Expr::Call(call) = expr("a.b[1](x, key: 2, type = 3)") else { panic!() };
    let args: Vec<_> =
        call.args().map(|arg| (arg.name().map(|name| name.text()), text(&arg.value().unwrap()))).collect();
    let expected = [(None, "x"), (Some("key"), "2"), (Some("type"), "3")];
    assert_eq!(args, expected.map(|(name, value)| (name.map(str::to_owned), value.to_owned())));
    let Some(Expr::Index(index)) = call.callee() else { panic!() };
    let Some(Expr::Field(field)) = index.base() else { panic!() };
    assert_eq!((text(&field.base().unwrap()), field.name().unwrap().text()), ("a".into(), "b".into()));

    let Expr::Index(index) = expr("a[i, b:c, :, ::d, e:]") else { panic!() };
    let subs: Vec<_> = index
        .subs()
        .map(|sub| match sub {
            Sub::Expr(expr) => text(&expr),
            Sub::Slice(slice) => {
                let part = |expr: Option<Expr>| expr.map(|expr| text(&expr)).unwrap_or_default();
                format!("{}|{}|{}", part(slice.start()), part(slice.stop()), part(slice.step()))
            }
            Sub::Type(ty) => panic!("{ty:?}"),
        })
        .collect();
    assert_eq!(subs, ["i", "b|c|", "||", "||d", "e||"]);

    let Expr::Call(call) = expr("pick[secret int64, A](x)") else { panic!() };
    let Some(Expr::Index(index)) = call.callee() else { panic!() };
    assert!(index.subs().all(|sub| matches!(sub, Sub::Type(_))));
}

#[test]
fn displays_and_comprehensions_have_their_parts() {
    assert!(matches!(expr("(1,)"), Expr::Tuple(tuple) if tuple.elements().count() == 1));
    assert!(matches!(expr("1, 2,"), Expr::Tuple(tuple) if tuple.elements().count() == 2));
    assert!(matches!(expr("((1))").unparenthesized(), Expr::Int(_)));
    assert!(matches!(expr("[]"), Expr::List(list) if list.elements().count() == 0));
    assert!(matches!(expr("{1: 2, 3: 4}"), Expr::Dict(dict) if dict.pairs().count() == 2));
    let Expr::ListComp(list) = expr("[a + b for a in xs if c for b, _ in ys]") else { panic!() };
    assert_eq!(text(&list.element().unwrap()), "a + b");
    let clauses: Vec<_> = list
        .clauses()
        .map(|clause| match clause {
            Clause::For(clause) => {
                format!("for {} in {}", text(&clause.pattern().unwrap()), text(&clause.source().unwrap()))
            }
            Clause::If(clause) => format!("if {}", text(&clause.condition().unwrap())),
        })
        .collect();
    assert_eq!(clauses, ["for a in xs", "if c", "for b, _ in ys"]);
    let Expr::DictComp(dict) = expr("{k: v for k, v in d}") else { panic!() };
    let pair = dict.pair().unwrap();
    assert_eq!((text(&pair.key().unwrap()), text(&pair.value().unwrap())), ("k".into(), "v".into()));
    let Expr::Lambda(lambda) = expr("lambda a, b: a") else { panic!() };
    assert_eq!(lambda.params().map(|name| name.text()).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn functions_have_their_parts() {
    let source = "def f[T, U](a, b: list[T] from each r = 1, *c: U) -> (secret A to x, B to each y) {.entry.}:\n  'Doc.'\n  return a\n";
    let func = func(source);
    assert_eq!(func.name().unwrap().text(), "f");
    assert_eq!(func.type_params().map(|name| name.text()).collect::<Vec<_>>(), ["T", "U"]);
    let params: Vec<_> = func.params().collect();
    assert!(params[0].ty().is_none() && params[0].default().is_none() && !params[0].star());
    let from = params[1].from().unwrap();
    assert!(from.each() && from.role().unwrap().text() == "r");
    assert_eq!(text(&params[1].default().unwrap()), "1");
    assert!(params[2].star() && params[2].name().unwrap().text() == "c");
    let Some(ResultForm::Parts(parts)) = func.result().map(|result| result.form()) else { panic!() };
    assert_eq!(parts.iter().map(|part| part.dest().unwrap().each()).collect::<Vec<_>>(), [false, true]);
    assert_eq!(text(&parts[0].ty().unwrap()), "secret A");
    assert!(func.is_entry());
    assert_eq!(func.doc().unwrap().value(), "Doc.");
    assert_eq!(func.body().unwrap().statements().count(), 1);
}

#[test]
fn results_have_three_forms() {
    let form = |result: &str| func(&format!("def f() -> {result}: pass\n")).result().unwrap().form();
    assert_eq!(form("None"), ResultForm::None);
    assert!(matches!(form("(A, B)"), ResultForm::Whole { ty: Some(TypeExpr::Tuple(_)), dest: None }));
    let ResultForm::Whole { ty: Some(TypeExpr::Secret(_)), dest: Some(dest) } = form("secret A to each r") else {
        panic!()
    };
    assert!(dest.each() && dest.role().unwrap().text() == "r");
    assert!(func("def f(): pass\n").result().is_none());
    assert!(func("def f() {.builtin: \"x\".}:\n").body().is_none());
}

#[test]
fn types_have_their_parts() {
    let TypeExpr::Optional(optional) = ty("secret a.b[A, 3]??") else { panic!() };
    let Some(TypeExpr::Secret(secret)) = optional.inner() else { panic!() };
    let Some(TypeExpr::Path(path)) = secret.inner() else { panic!() };
    assert_eq!(path.segments().map(|name| name.text()).collect::<Vec<_>>(), ["a", "b"]);
    let args: Vec<_> = path.args().collect();
    assert!(matches!(&args[..], [TypeArg::Type(_), TypeArg::Expr(_)]));
    let TypeExpr::Func(func) = ty("(A, B) -> C?") else { panic!() };
    assert_eq!(func.params().len(), 2);
    assert!(matches!(func.result(), Some(TypeExpr::Optional(_))));
    let TypeExpr::Func(func) = ty("() -> None") else { panic!() };
    assert!(func.params().is_empty() && func.result().is_none());
    assert!(matches!(ty("(A)"), TypeExpr::Paren(_)));
    assert!(matches!(ty("(A,)"), TypeExpr::Tuple(tuple) if tuple.elements().count() == 1));
}

#[test]
fn statements_have_their_parts() {
    let Stmt::Var(var) = statement("var a, (b, _) = 1, 2\n") else { panic!() };
    let Some(Pattern::Tuple(pattern)) = var.pattern() else { panic!() };
    assert_eq!(pattern.elements().count(), 2);
    assert!(matches!(var.value(), Some(Expr::Tuple(_))));
    let Stmt::Assign(assign) = statement("a, b[0] = c\n") else { panic!() };
    assert!(matches!(assign.target(), Some(Expr::Tuple(_))));
    assert_eq!(text(&assign.value().unwrap()), "c");
    let Stmt::AugAssign(aug) = statement("a.b **= c\n") else { panic!() };
    assert_eq!(aug.op(), Some(AugOp::Pow));
    assert_eq!((text(&aug.target().unwrap()), text(&aug.value().unwrap())), ("a.b".into(), "c".into()));
    let Stmt::If(branch) = statement("if a: pass\nelif b:\n  pass\nelse: pass\n") else { panic!() };
    let conditions: Vec<_> = branch.branches().map(|branch| text(&branch.condition().unwrap())).collect();
    assert_eq!(conditions, ["a", "b"]);
    assert!(branch.else_body().is_some());
    let Stmt::For(each) = statement("for a, b in c..d: pass\n") else { panic!() };
    assert!(matches!((each.pattern(), each.source()), (Some(Pattern::Tuple(_)), Some(Expr::Range(_)))));
    let Stmt::Match(matched) = statement("match a:\n  case 1: pass\n  case _: pass\n") else { panic!() };
    let arms: Vec<_> = matched.arms().map(|arm| (arm.is_wildcard(), arm.pattern().is_some())).collect();
    assert_eq!(arms, [(false, true), (true, false)]);
    let Stmt::Assert(assert) = statement("assert a, \"b\"\n") else { panic!() };
    assert_eq!((text(&assert.condition().unwrap()), text(&assert.message().unwrap())), ("a".into(), "\"b\"".into()));
    let Stmt::FromImport(import) = statement("from a.b import c as d, e\n") else { panic!() };
    let names: Vec<_> =
        import.names().map(|name| (name.name().unwrap().text(), name.alias().map(|alias| alias.text()))).collect();
    assert_eq!(names, [("c".into(), Some("d".into())), ("e".into(), None)]);
    assert_eq!(import.path().unwrap().segments().count(), 2);
    let Stmt::Import(import) = statement("import \"x.stfl\" as y\n") else { panic!() };
    assert_eq!(import.path().unwrap().string().unwrap().value(), "x.stfl");
    assert_eq!(import.alias().unwrap().text(), "y");
    let Stmt::Const(constant) = statement("const a: int64 = 1\n") else { panic!() };
    assert!(constant.ty().is_some() && constant.value().is_some());
    assert!(matches!(statement("type A = B\n"), Stmt::Alias(alias) if alias.ty().is_some()));
    assert!(matches!(statement("return\n"), Stmt::Return(ret) if ret.value().is_none()));
}

#[test]
fn objects_and_enums_have_members() {
    let Stmt::Object(object) = statement("object A(B):\n  'Doc.'\n  x: int64 = 1\n  def f(self): pass\n") else {
        panic!()
    };
    assert_eq!(text(&object.base().unwrap()), "B");
    assert_eq!(object.doc().unwrap().value(), "Doc.");
    let members: Vec<_> = object.members().collect();
    assert!(matches!(&members[..], [Member::Field(field), Member::Method(_)] if field.default().is_some()));
    let Stmt::Enum(enumeration) = statement("enum E:\n  a\n  b = 3\n") else { panic!() };
    let members: Vec<_> = enumeration.members().map(|member| member.value().is_some()).collect();
    assert_eq!(members, [false, true]);
}

#[test]
fn spans_end_with_the_last_word() {
    let source = "if a: # c\n  b = 1   # d\n\n# e\nc\n";
    let statements: Vec<_> = module(source).statements().collect();
    let shown = |statement: &Stmt| &source[statement.span(FileId(0)).range()];
    assert_eq!(shown(&statements[0]), "if a: # c\n  b = 1");
    assert_eq!(shown(&statements[1]), "c");
}

#[test]
fn views_of_broken_programs_have_holes() {
    let tree = parse(FileId(0), "x = 1 + \nif a\n  y\nf(1,, 2)\nvar = 3\nz = 12abc * 2\ntry:\n  w = 1\n").tree();
    let statements: Vec<_> = tree.statements().collect();
    let Stmt::Assign(assign) = &statements[0] else { panic!() };
    let Some(Expr::Binary(binary)) = assign.value() else { panic!() };
    assert!(matches!(binary.operands().last(), Some(Expr::Error(_))));
    let Stmt::If(branch) = &statements[1] else { panic!() };
    assert_eq!(branch.branches().next().unwrap().body().unwrap().statements().count(), 1);
    let Stmt::Var(var) = &statements[3] else { panic!() };
    assert!(var.pattern().is_none() && var.value().is_some());
    let Stmt::Error(error) = &statements[5] else { panic!() };
    assert_eq!(error.body().unwrap().statements().count(), 1);
}

#[test]
fn operators_have_texts() {
    assert_eq!((UnaryOp::Not.text(), Comparison::NotIn.text()), ("not", "not in"));
    assert_eq!((AugOp::Shl.binary(), AugOp::Pow.binary()), (Some(BinaryOp::Shl), None));
}

#[test]
fn habits_of_other_languages_still_declare_what_they_mean() {
    let source = "x: int64 = 1\nlet y = 2\na = 1; var z = 3\nproc f(): pass\n";
    let tree = parse(FileId(0), source).tree();
    let declared: Vec<_> = tree
        .statements()
        .filter_map(|statement| match statement {
            Stmt::Var(var) => var.pattern().map(|pattern| text(&pattern)),
            Stmt::Func(func) => func.name().map(|name| name.text()),
            _ => None,
        })
        .collect();
    assert_eq!(declared, ["x", "y", "z", "f"]);
}
