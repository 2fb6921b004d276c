//! A parameter's type in; the paths of what of its value is public, out (LANGUAGE §14.1).
//!
//! What a client gives travels to every party in clear where it is not secret: lengths, presence, public leaves. Each such
//! part is one row of kind [`crate::DisclosureKind::Input`].

use crate::Type;

impl Type {
    /// Paths of the public parts of what one client gives as `name`, outermost first: `xs.len`, `xs[].len`, `t[0]`,
    /// `o.present`, or `name` itself. Empty if nothing of it is public. `each`: the type is the list over the clients of a
    /// role, whose length no client gives.
    #[must_use]
    pub fn public_parts(&self, name: &str, each: bool) -> Vec<String> {
        let mut out = Vec::new();
        match self {
            Self::List(member) if each => member.push_public_parts(name.to_owned(), &mut out),
            _ => self.push_public_parts(name.to_owned(), &mut out),
        }
        out
    }

    fn push_public_parts(&self, path: String, out: &mut Vec<String>) {
        match self {
            Self::Secret(_) => {}
            Self::Scalar(_) | Self::Str | Self::Ticket(_) => out.push(path),
            Self::List(member) => {
                out.push(format!("{path}.len"));
                member.push_public_parts(format!("{path}[]"), out);
            }
            Self::Optional(member) => {
                out.push(format!("{path}.present"));
                member.push_public_parts(path, out);
            }
            Self::Tuple(members) => {
                for (index, member) in members.iter().enumerate() {
                    member.push_public_parts(format!("{path}[{index}]"), out);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use stoffel_value::{IntTy, ScalarTy};

    use super::*;

    #[test]
    fn lengths_presence_and_public_leaves_are_listed_by_path() {
        let secret = Type::Secret(ScalarTy::Int(IntTy::I64));
        let list = |member: &Type| Type::List(Box::new(member.clone()));
        assert!(secret.public_parts("s", false).is_empty());
        assert!(list(&secret).public_parts("bids", true).is_empty(), "how many clients there are is theirs to know");
        assert_eq!(list(&list(&secret)).public_parts("rows", false), ["rows.len", "rows[].len"]);
        assert_eq!(list(&list(&secret)).public_parts("rows", true), ["rows.len"]);
        let mixed = Type::Tuple(vec![Type::Str, Type::Optional(Box::new(secret)), Type::Scalar(ScalarTy::Bool)]);
        assert_eq!(mixed.public_parts("t", false), ["t[0]", "t[1].present", "t[2]"]);
    }
}
