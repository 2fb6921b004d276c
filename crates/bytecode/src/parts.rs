//! A parameter's type in; the paths of what of its value is public, out (LANGUAGE §14.1).
//!
//! What a client gives travels to every party in clear where it is not secret: lengths, presence, public leaves. Each such
//! part is one row of kind [`crate::DisclosureKind::Input`].

use crate::{ObjectTy, Type};

/// Gives names and types of an object's fields.
pub type Fields<'f> = &'f dyn Fn(ObjectTy) -> Vec<(String, Type)>;

impl Type {
    /// Paths of the public parts of what one client gives as `name`, outermost first: `xs.len`, `xs[].len`, `t[0]`,
    /// `d.keys`, `d[]`, `o.present`, `o.field`, or `name` itself. Empty if nothing of it is public. `each`: the type is the list over the clients of a
    /// role, whose length no client gives.
    #[must_use]
    pub fn public_parts(&self, name: &str, each: bool, fields: Fields<'_>) -> Vec<String> {
        let mut parts = Parts { fields, open: Vec::new(), out: Vec::new() };
        match self {
            Self::List(member) if each => parts.add(member, name.to_owned()),
            _ => parts.add(self, name.to_owned()),
        }
        parts.out
    }
}

struct Parts<'f> {
    fields: Fields<'f>,
    /// Objects around this place.
    open: Vec<ObjectTy>,
    out: Vec<String>,
}

impl Parts<'_> {
    fn add(&mut self, ty: &Type, path: String) {
        match ty {
            Type::Secret(_) | Type::Share => {}
            Type::Text => self.out.push(format!("{path}.len")),
            Type::Scalar(_) | Type::Str | Type::Ticket(_) | Type::Func(_) | Type::Closure => self.out.push(path),
            Type::List(member) => {
                self.out.push(format!("{path}.len"));
                self.add(member, format!("{path}[]"));
            }
            Type::Dict(_, value) => {
                self.out.push(format!("{path}.keys"));
                self.add(value, format!("{path}[]"));
            }
            Type::Array(member) => {
                self.out.push(format!("{path}.shape"));
                self.add(member, format!("{path}[]"));
            }
            Type::Optional(member) => {
                self.out.push(format!("{path}.present"));
                self.add(member, path);
            }
            Type::Tuple(members) => {
                for (index, member) in members.iter().enumerate() {
                    self.add(member, format!("{path}[{index}]"));
                }
            }
            // What an object within an object of its type has, the outer one has listed.
            Type::Object(object) if self.open.contains(object) => {}
            Type::Object(object) => {
                self.open.push(*object);
                for (name, ty) in (self.fields)(*object) {
                    self.add(&ty, format!("{path}.{name}"));
                }
                self.open.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use stoffel_value::{IntTy, ScalarTy};

    use super::*;

    fn no_objects(_: ObjectTy) -> Vec<(String, Type)> {
        Vec::new()
    }

    #[test]
    fn lengths_presence_and_public_leaves_are_listed_by_path() {
        let secret = Type::Secret(ScalarTy::Int(IntTy::I64));
        let list = |member: &Type| Type::List(Box::new(member.clone()));
        assert!(secret.public_parts("s", false, &no_objects).is_empty());
        assert!(
            list(&secret).public_parts("bids", true, &no_objects).is_empty(),
            "how many clients there are is theirs to know"
        );
        assert_eq!(list(&list(&secret)).public_parts("rows", false, &no_objects), ["rows.len", "rows[].len"]);
        assert_eq!(list(&list(&secret)).public_parts("rows", true, &no_objects), ["rows.len"]);
        let dict = Type::Dict(Box::new(Type::Str), Box::new(Type::Tuple(vec![secret.clone(), Type::Str])));
        assert_eq!(dict.public_parts("d", false, &no_objects), ["d.keys", "d[][1]"]);
        let mixed = Type::Tuple(vec![Type::Str, Type::Optional(Box::new(secret)), Type::Scalar(ScalarTy::Bool)]);
        assert_eq!(mixed.public_parts("t", false, &no_objects), ["t[0]", "t[1].present", "t[2]"]);
    }

    #[test]
    fn objects_list_their_fields_once() {
        let node = ObjectTy { index: 0, secret: true };
        let fields = |_| {
            let kids = Type::List(Box::new(Type::Object(node)));
            let secret = Type::Secret(ScalarTy::Bool);
            vec![("v".to_owned(), secret), ("kids".to_owned(), kids), ("name".to_owned(), Type::Str)]
        };
        assert_eq!(Type::Object(node).public_parts("t", false, &fields), ["t.kids.len", "t.name"]);
    }
}
