//! Shared keys in, the stable order of their rows out, as a shared list of row numbers; and columns brought into such an order.
//!
//! Either way each row gets a shared destination; rows are shuffled with their destinations, and the shuffled destinations, a uniform
//! permutation, are opened: rows move there in the clear. `radix` finds destinations digit by digit by counting; `ranks` compares all pairs at
//! once, which few rows are sorted faster by. Row numbers live modulo the least power of two that tells all rows apart.
//! Source: Hamada et al. (ePrint 2014/121), Chida et al. (ePrint 2019/695), Asharov et al. (ePrint 2022/1595); PROTOCOLS A.8.

use stoffel_crypto::bits::{from_planes_into, to_planes_into, words_of};
use stoffel_crypto::{Ring, kernel};

use super::shuffle::{self, Shuffle, Way};
use super::{b2a, linear, logic, ltz, mul, open, purpose, share};
use crate::exec::{Cx, join};
use crate::{Abort, AbortReason, BitPlanes, Cost, ShareVec, pool};

/// Bits of a digit: eight counters a pass.
const DIGIT: usize = 3;

/// Bits that tell `rows` rows apart.
#[must_use]
pub fn index_bits(rows: usize) -> u32 {
    rows.max(2).next_power_of_two().ilog2()
}

/// Numbers of the rows in ascending order of their keys (unsigned, plane j = bit j); equal keys keep their order. Right modulo
/// 2^[`index_bits`].
///
/// Cost: 8 rounds for 3 planes, 7 for a last two, 6 for a last one: 64 planes: 174 rounds; with w = [`index_bits`], 35·w + 12 +
/// 4·(planes left) bits in all per row and pass of 3 planes.
/// Security: semi-honest, n = 3, t = 1; what is opened in a pass is a uniform permutation.
/// # Errors
/// An [`Abort`] of a round, or if what was opened is no permutation.
pub async fn radix(cx: &Cx, keys: &BitPlanes, rotation: u8) -> Result<ShareVec<u64>, Abort> {
    let rows = keys.lanes();
    let mut state = State::new(cx, keys);
    for pass in 0..keys.planes().div_ceil(DIGIT) {
        let turn = (rotation + pass as u8 % 3) % 3;
        let planes = state.left.min(DIGIT);
        let digit = state.take_digit(planes);
        let destinations = count(cx, &digit, index_bits(rows), turn).await?;
        state = state.moved(cx, destinations, turn).await?;
    }
    Ok(state.rows())
}

/// What [`radix`] costs.
#[must_use]
pub fn radix_plan(rows: usize, planes: usize, rotation: u8) -> Cost {
    (0..planes.div_ceil(DIGIT)).fold(Cost::ZERO, |cost, pass| {
        let turn = (rotation + pass as u8 % 3) % 3;
        let left = planes - pass * DIGIT;
        let digit = left.min(DIGIT);
        cost + count_plan(rows, digit, turn) + moved_plan(rows, left - digit, turn)
    })
}

/// As [`radix`], by comparing every row with every other.
///
/// Cost: 6 + ⌈log2 planes⌉ rounds; per pair of rows about 9 bits in all per plane and 3·w: 64 planes: 12 rounds.
/// Security: as [`radix`].
/// # Errors
/// As [`radix`].
pub async fn ranks(cx: &Cx, keys: &BitPlanes, rotation: u8) -> Result<ShareVec<u64>, Abort> {
    let rows = keys.lanes();
    let width = index_bits(rows);
    let pairs = || (0..rows).flat_map(|i| (i + 1..rows).map(move |j| (i, j)));
    let gather = |pick: fn((usize, usize)) -> usize| {
        let lanes: Vec<usize> = pairs().map(pick).collect();
        keys.gather(lanes)
    };
    let (earlier, later) = (gather(|(i, _)| i), gather(|(_, j)| j));
    // Whether the later row of a pair goes first.
    let swapped = ltz::less_bits(cx, &later, &earlier).await?;
    let swapped = b2a::modulo::<u32>(cx, &swapped, width, rotation).await?;
    let mut ranks = ShareVec::<u32>::zeros(rows);
    for (rank, part) in ranks.parts_mut().into_iter().zip(swapped.parts()) {
        for ((i, j), swapped) in pairs().zip(part) {
            rank[i] = rank[i].wrapping_add(*swapped);
            rank[j] = rank[j].wrapping_sub(*swapped);
        }
    }
    // A row comes after all earlier ones, but for those that it is swapped with.
    let before: Vec<u32> = (0..rows as u32).collect();
    let destinations = linear::add_public(cx.me(), &ranks, &before);
    let state = State { left: 0, ..State::new(cx, keys) }.moved(cx, destinations, rotation).await?;
    Ok(state.rows())
}

/// What [`ranks`] costs.
#[must_use]
pub fn ranks_plan(rows: usize, planes: usize, rotation: u8) -> Cost {
    let pairs = rows * rows.saturating_sub(1) / 2;
    ltz::less_bits_plan(pairs, planes)
        + b2a::modulo_plan(pairs, index_bits(rows), rotation)
        + moved_plan(rows, 0, rotation)
}

/// Row numbers in a uniform order that no party knows; right modulo 2^[`index_bits`].
///
/// Cost: 2 rounds; 4·w bits in all per row, w = [`index_bits`].
/// Security: semi-honest, n = 3, t = 1; nothing is opened.
/// # Errors
/// An [`Abort`] of a round.
pub async fn random(cx: &Cx, rows: usize, rotation: u8) -> Result<ShareVec<u64>, Abort> {
    let shuffle = Shuffle::draw(cx, rows, rotation);
    let numbers: Vec<u32> = (0..rows as u32).collect();
    let numbers = share::constant(cx.me(), &numbers);
    let shuffled = shuffle.apply::<u32, false>(cx, &numbers, index_bits(rows), Way::There).await?;
    let wide = |part: &[u32]| part.iter().map(|row| u64::from(*row)).collect();
    Ok(ShareVec::new(wide(shuffled.a()), wide(shuffled.b())))
}

/// What [`random`] costs.
#[must_use]
pub fn random_plan(rows: usize, rotation: u8) -> Cost {
    shuffle::draw_plan(rows) + shuffle::plan(rows, index_bits(rows), Way::There, rotation)
}

/// A column in a shared order: element i of the result is element `order`_i, over a ring or (`XOR`) bitwise, in the low `width` bits.
///
/// Cost: 5 rounds; 4·`width` + 7·w bits in all per row, w = [`index_bits`].
/// Security: semi-honest, n = 3, t = 1; the order is opened after a shuffle that is used for it alone and undone on the column.
/// # Errors
/// An [`Abort`] of a round, or if what was opened is no permutation.
/// # Panics
/// If lengths differ.
pub async fn reorder<R: Ring, const XOR: bool>(
    cx: &Cx,
    x: &ShareVec<R>,
    order: &ShareVec<u64>,
    width: u32,
    rotation: u8,
) -> Result<ShareVec<R>, Abort> {
    assert_eq!(x.len(), order.len(), "an order of as many rows");
    let bits = index_bits(x.len());
    let shuffle = Shuffle::draw(cx, x.len(), rotation);
    let order = linear::narrow::<u64, u32>(order);
    let shuffled = shuffle.apply::<u32, false>(cx, &order, bits, Way::There).await?;
    let from = permutation(open::to_all(cx, &shuffled, bits).await?)?;
    let moved = x.gather(from.iter().map(|row| *row as usize));
    shuffle.apply::<R, XOR>(cx, &moved, width, Way::Back).await
}

/// What [`reorder`] costs.
#[must_use]
pub fn reorder_plan(rows: usize, width: u32, rotation: u8) -> Cost {
    let bits = index_bits(rows);
    shuffle::draw_plan(rows)
        + shuffle::plan(rows, bits, Way::There, rotation)
        + open::plan(rows, bits)
        + shuffle::plan(rows, width, Way::Back, rotation)
}

/// Rows on their way.
struct State {
    /// Row numbers.
    numbers: ShareVec<u32>,
    /// Bits of the keys that were not looked at, from the lowest on; their number.
    keys: ShareVec<u64>,
    left: usize,
}

impl State {
    fn new(cx: &Cx, keys: &BitPlanes) -> Self {
        let rows = keys.lanes();
        let numbers: Vec<u32> = (0..rows as u32).collect();
        Self { numbers: share::constant(cx.me(), &numbers), keys: words_of_rows(keys), left: keys.planes() }
    }

    /// Cuts the lowest planes off the keys.
    fn take_digit(&mut self, planes: usize) -> BitPlanes {
        let rows = self.keys.len();
        let low = |part: &[u64]| {
            let mut out = pool::take(words_of(rows) * planes);
            to_planes_into(part, planes as u32, &mut out);
            out
        };
        let digit = BitPlanes::new(low(self.keys.a()), low(self.keys.b()), rows, planes);
        for part in self.keys.parts_mut() {
            part.iter_mut().for_each(|key| *key >>= planes);
        }
        self.left -= planes;
        digit
    }

    /// Brings every row to its destination.
    async fn moved(self, cx: &Cx, destinations: ShareVec<u32>, rotation: u8) -> Result<Self, Abort> {
        let rows = destinations.len();
        let bits = index_bits(rows);
        let shuffle = Shuffle::draw(cx, rows, rotation);
        let indices = async {
            let places = shuffle.apply::<u32, false>(cx, &destinations, bits, Way::There);
            let numbers = shuffle.apply::<u32, false>(cx, &self.numbers, bits, Way::There);
            join(places, numbers).await
        };
        let keys = async {
            if self.left == 0 {
                return Ok(self.keys.clone());
            }
            shuffle.apply::<u64, true>(cx, &self.keys, self.left as u32, Way::There).await
        };
        let ((places, numbers), keys) = join(indices, keys).await?;
        let to = permutation(open::to_all(cx, &places, bits).await?)?;
        let mut from = vec![0; rows];
        to.iter().enumerate().for_each(|(at, place)| from[*place as usize] = at);
        let from = || from.iter().copied();
        Ok(Self { numbers: numbers.gather(from()), keys: keys.gather(from()), left: self.left })
    }

    fn rows(&self) -> ShareVec<u64> {
        let wide = |part: &[u32]| pool::map(part, u64::from);
        ShareVec::new(wide(self.numbers.a()), wide(self.numbers.b()))
    }
}

fn moved_plan(rows: usize, left: usize, rotation: u8) -> Cost {
    let bits = index_bits(rows);
    let column = |width| shuffle::plan(rows, width, Way::There, rotation);
    let mut moves = column(bits).beside(column(bits));
    if left > 0 {
        moves = moves.beside(column(left as u32));
    }
    shuffle::draw_plan(rows) + moves + open::plan(rows, bits)
}

/// Destinations of a stable sort by one digit, modulo 2^`width`: of a row with digit d, all rows with less, and those before it with d.
async fn count(cx: &Cx, digit: &BitPlanes, width: u32, rotation: u8) -> Result<ShareVec<u32>, Abort> {
    let rows = digit.lanes();
    let indicators = indicators(cx, digit).await?;
    let known = b2a::modulo::<u32>(cx, &indicators, width, rotation).await?;
    let counters = indicators.planes();
    let mut sum = pool::take::<u32>(rows);
    sum.fill(0);
    let mut total = ShareVec::<u32>::zeros(rows);
    for (total, part) in total.parts_mut().into_iter().zip(known.parts()) {
        for chunk in part.chunks_exact(rows.max(1)) {
            total.iter_mut().zip(chunk).for_each(|(total, one)| *total = total.wrapping_add(*one));
        }
    }
    // The last indicator is what the others leave of 1.
    let last = linear::add_public(cx.me(), &linear::neg(&total), &vec![1; rows]);
    let mut before = [0u32; 2];
    for digit in 0..=counters {
        let indicator = if digit < counters { known.slice(digit * rows, rows) } else { last.clone() };
        let mut places = indicator.clone();
        for (part, before) in places.parts_mut().into_iter().zip(&mut before) {
            // Kept in a register.
            let mut sum = *before;
            for place in part {
                sum = sum.wrapping_add(*place);
                *place = sum;
            }
            *before = sum;
        }
        kernel::add_products(indicator.parts(), places.parts(), &mut sum);
    }
    kernel::add_zero_sharing(cx.masks(cx.next_op(), purpose::PRODUCT), &mut sum);
    let counted = mul::reshare_low(cx, sum, width).await?;
    Ok(linear::add_public(cx.me(), &counted, &vec![u32::MAX; rows]))
}

fn count_plan(rows: usize, planes: usize, rotation: u8) -> Cost {
    let width = index_bits(rows);
    let gates = match planes {
        1 => Cost::ZERO,
        2 => logic::plan(rows, 1),
        _ => logic::plan(rows, 3) + logic::plan(rows, 1),
    };
    gates + b2a::modulo_plan(((1 << planes) - 1) * rows, width, rotation) + mul::reshare_low_plan::<u32>(rows, width)
}

/// Whether the digit is d, for every d but the greatest; planes in ascending order of d.
async fn indicators(cx: &Cx, digit: &BitPlanes) -> Result<BitPlanes, Abort> {
    let planes = digit.planes();
    let plane = |j: usize| digit.slice_planes(j, 1);
    // Products of all sets of bits, by set.
    let mut products = vec![BitPlanes::zeros(digit.lanes(), 1); 1 << planes];
    products[0] = share::constant_bits(cx.me(), &vec![u64::MAX; digit.words()], digit.lanes(), 1);
    for j in 0..planes {
        products[1 << j] = plane(j);
    }
    match planes {
        1 => {}
        2 => products[3] = logic::and(cx, &plane(0), &plane(1)).await?,
        _ => {
            let pairs = logic::and(cx, &digit.select_planes([0, 0, 1]), &digit.select_planes([1, 2, 2])).await?;
            for (set, row) in [(0b011, 0), (0b101, 1), (0b110, 2)] {
                products[set] = pairs.slice_planes(row, 1);
            }
            products[7] = logic::and(cx, &products[0b011], &plane(2)).await?;
        }
    }
    // The digit is d: all bits of d, and none beside; by inclusion and exclusion over the sets that contain d.
    let mut out = BitPlanes::zeros(digit.lanes(), 0);
    for d in 0..(1usize << planes) - 1 {
        let over = (d + 1..1 << planes).filter(|set| set & d == d);
        out.extend_planes(&over.fold(products[d].clone(), |sum, set| linear::xor(&sum, &products[set])));
    }
    Ok(out)
}

/// The bits of every row as a word.
pub fn words_of_rows(bits: &BitPlanes) -> ShareVec<u64> {
    let part = |part: &[u64]| {
        let mut out = pool::take(bits.lanes());
        from_planes_into(part, &mut out);
        out
    };
    ShareVec::new(part(bits.a()), part(bits.b()))
}

/// Row numbers that were opened, each once.
fn permutation(opened: Vec<u32>) -> Result<Vec<u32>, Abort> {
    let mut seen = vec![false; opened.len()];
    for place in &opened {
        match seen.get_mut(*place as usize) {
            Some(seen) if !*seen => *seen = true,
            _ => {
                return Err(Abort {
                    culprit: None,
                    reason: AbortReason::Malformed("opened places are no permutation"),
                });
            }
        }
    }
    Ok(opened)
}
