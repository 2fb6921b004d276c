//! The table of purposes: which mask of an operation a stream is. One number per message mask; never reused within an operation.

/// Zero sharing of a multiplication, dot product or AND.
pub(super) const PRODUCT: u8 = 1;
/// Both components of a random sharing.
pub(super) const RANDOM: u8 = 2;
/// Mask of a party's input.
pub(super) const INPUT: u8 = 3;
/// Zero sharing added before an output leaves towards a client.
pub(super) const OUTPUT: u8 = 4;
/// s_12 of the knower's input of s.
pub(super) const SPLIT_S: u8 = 5;
/// Mask of P2's message of a product of s and t.
pub(super) const SPLIT_G2: u8 = 6;
/// Mask of P3's message of a product of s and t.
pub(super) const SPLIT_G3: u8 = 7;
/// u_12 of a bit that enters a ring.
pub(super) const B2A_U: u8 = 8;
/// Mask of P2's message of u·v.
pub(super) const B2A_UV2: u8 = 9;
/// Mask of P3's message of u·v.
pub(super) const B2A_UV3: u8 = 10;
/// c_12 of the knower's shifted input of a truncation or lift.
pub(super) const WRAP_C: u8 = 11;
/// mc_12 of the top bit of c.
pub(super) const WRAP_MC: u8 = 12;
/// Mask of P2's message of mc·mr.
pub(super) const WRAP_P2: u8 = 13;
/// Mask of P3's message of mc·mr.
pub(super) const WRAP_P3: u8 = 14;
/// r_12 of a word that enters a ring.
pub(super) const WORD_R2: u8 = 15;
/// r_13 of a word that enters a ring.
pub(super) const WORD_R3: u8 = 16;
/// Bits of r that the knower inputs.
pub(super) const WORD_BITS: u8 = 17;
/// Components that a client draws from its seeds.
pub(super) const CLIENT: u8 = 18;
/// ρ of a fused product, which covers P2's and P3's summands towards P1.
pub(super) const FUSED_RHO: u8 = 19;
/// r of a fused product: x_3 of the product before truncation.
pub(super) const FUSED_R: u8 = 20;
/// Draws of a permutation that two parties know.
pub(super) const SHUFFLE_PERMUTATION: u8 = 21;
/// Mask under which the first pass of a shuffle is handed over.
pub(super) const SHUFFLE_FIRST: u8 = 22;
/// Mask under which the second pass of a shuffle is handed over.
pub(super) const SHUFFLE_SECOND: u8 = 23;
/// Components of a shuffled sharing.
pub(super) const SHUFFLE_OUT: u8 = 24;
