//! A value made of nested lists in, the axis lengths of the array that it stands for out.

use crate::Value;

/// Greatest number of axes of an array.
pub const AXES_MAX: usize = 64;

/// Axis lengths of an array given as nested lists of scalars, or as one scalar; `None` if the lists are ragged or hold anything else.
/// Axes within an axis of length 0 are unknown: there are none.
#[must_use]
pub fn axes(value: &Value) -> Option<Vec<u32>> {
    match value {
        Value::Scalar(..) | Value::Secret(_) => Some(Vec::new()),
        Value::List(members) => {
            let mut lens = vec![u32::try_from(members.len()).ok()?];
            if let Some((first, rest)) = members.split_first() {
                let inner = axes(first)?;
                if rest.iter().any(|member| axes(member).as_ref() != Some(&inner)) {
                    return None;
                }
                lens.extend(inner);
            }
            Some(lens)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ScalarTy;

    #[test]
    fn lists_are_arrays_unless_ragged() {
        let one = || Value::Scalar(ScalarTy::I64, 1);
        let row = |n| Value::List(vec![one(); n]);
        assert_eq!(axes(&one()), Some(vec![]));
        assert_eq!(axes(&Value::List(vec![row(3), row(3)])), Some(vec![2, 3]));
        assert_eq!(axes(&Value::List(vec![row(0), row(0)])), Some(vec![2, 0]));
        assert_eq!(axes(&Value::List(vec![])), Some(vec![0]));
        assert_eq!(axes(&Value::List(vec![row(2), row(3)])), None);
        assert_eq!(axes(&Value::List(vec![row(2), one()])), None);
        assert_eq!(axes(&Value::Str("a".into())), None);
    }
}
