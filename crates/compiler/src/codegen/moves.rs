//! Moves that happen at once in; moves in a row out.

/// A move between registers of one bank.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Move {
    /// Written.
    pub(super) to: u32,
    /// Read.
    pub(super) from: u32,
}

/// The moves in an order in which no register is written before it has been read; a cycle goes through a scratch register, which
/// `scratch` gives for a register of the cycle. Moves of a register to itself vanish. Cost: quadratic in moves that wait for
/// each other, linear otherwise.
pub(super) fn in_a_row(moves: &[Move], mut scratch: impl FnMut(u32) -> u32) -> Vec<Move> {
    let mut left: Vec<Move> = moves.iter().copied().filter(|step| step.to != step.from).collect();
    let mut out = Vec::with_capacity(left.len());
    let mut readers: crate::hash::HashMap<u32, u32> = crate::hash::HashMap::default();
    for step in &left {
        *readers.entry(step.from).or_default() += 1;
    }
    while !left.is_empty() {
        let before = left.len();
        let mut waiting = Vec::with_capacity(before);
        for step in left {
            if readers.get(&step.to).is_some_and(|count| *count > 0) {
                waiting.push(step);
            } else {
                out.push(step);
                if let Some(count) = readers.get_mut(&step.from) {
                    *count -= 1;
                }
            }
        }
        left = waiting;
        // Only cycles are left: one register is saved, and its readers read the copy.
        if left.len() == before {
            let from = left[0].from;
            let copy = scratch(from);
            out.push(Move { to: copy, from });
            let count = readers.remove(&from).unwrap_or_default();
            readers.insert(copy, count);
            left.iter_mut().filter(|step| step.from == from).for_each(|step| step.from = copy);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Move, in_a_row};

    fn run(moves: &[(u32, u32)]) -> Vec<u32> {
        let moves: Vec<Move> = moves.iter().map(|(to, from)| Move { to: *to, from: *from }).collect();
        let mut registers: Vec<u32> = (0..10).collect();
        for step in in_a_row(&moves, |_| 9) {
            registers[step.to as usize] = registers[step.from as usize];
        }
        registers[..9].to_vec()
    }

    #[test]
    fn moves_that_happen_at_once_keep_their_meaning() {
        assert_eq!(run(&[(0, 1), (1, 0)])[..2], [1, 0]);
        assert_eq!(run(&[(0, 1), (1, 2), (2, 0), (3, 0)])[..4], [1, 2, 0, 0]);
        assert_eq!(run(&[(1, 0), (2, 1), (3, 2), (5, 5)])[..6], [0, 0, 1, 2, 4, 5]);
        assert_eq!(run(&[(0, 1), (1, 0), (2, 3), (3, 2)])[..4], [1, 0, 3, 2]);
    }
}
