//! Expected and printed text in, whether they agree up to a tolerance on their numbers out.

/// Whether the texts are equal, or differ only in numbers by at most `tolerance`.
pub(super) fn agree(expected: &str, got: &str, tolerance: Option<f64>) -> bool {
    let Some(tolerance) = tolerance else { return expected == got };
    let (expected, got) = (pieces(expected), pieces(got));
    expected.len() == got.len() && expected.iter().zip(&got).all(|(a, b)| close(a, b, tolerance))
}

fn close(a: &str, b: &str, tolerance: f64) -> bool {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        // A hair more than the tolerance, for the decimal texts themselves are rounded.
        (Ok(a), Ok(b)) => (a - b).abs() <= tolerance * (1.0 + 1e-9) + f64::EPSILON,
        _ => a == b,
    }
}

/// Numbers and the text between them, in order.
fn pieces(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut numeric = false;
    for (at, c) in text.char_indices() {
        let is_numeric = c.is_ascii_digit() || (c == '.' && numeric) || (c == '-' && !numeric);
        if is_numeric != numeric && at > start {
            out.push(&text[start..at]);
            start = at;
        }
        numeric = is_numeric;
    }
    out.push(&text[start..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_differ_by_the_tolerance_and_text_may_not() {
        assert!(agree("[0.5, -1.25] True", "[0.5001, -1.2501] True", Some(0.001)));
        assert!(!agree("[0.5] True", "[0.6] True", Some(0.001)));
        assert!(!agree("[0.5] True", "[0.5] False", Some(0.001)));
        assert!(agree("a", "a", None));
        assert!(!agree("1.0", "1.00001", None));
        assert!(!agree("[1]", "[1, 2]", Some(1.0)));
    }
}
