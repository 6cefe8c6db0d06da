//! Many blocks under one key, bit-sliced.
//!
//! A state holds [`Blocks`] at once. It has a plane for each of the 64 bits of a block, and a bit in each plane for
//! each block: one operation on a plane is the same operation on that bit of all blocks. To move a cell is to use another
//! name for its planes, so ShiftRows and the turns of the S-box cost nothing.
//!
//! In constant time: there is no table and no branch, every shift is by a constant, and each loop runs as often as there
//! are rounds, planes and blocks. A bit of a round key becomes a plane of zeros or of ones by an arithmetic shift.
//!
//! **Planes are kept complemented.** The S-box takes ¬(x ∨ y), which is ¬x ∧ ¬y: of complemented planes it needs no
//! negation, and gives complemented ones. MixColumns then leaves one row of four to be negated, because the round key, which
//! is added to the second row anyway, is added there negated.

use cipher::InOutBuf;
use cipher::array::AssocArraySize;
use core::ops::{BitAnd, BitXor, Not};

use crate::Skinny64_192;
use crate::consts::ROUNDS;

/// What `cipher` calls a block.
type Block = cipher::Block<Skinny64_192>;

/// Words of a plane: as many as a register of the target holds. (Every x86-64 has SSE2, every AArch64 has Neon; the
/// compiler makes one instruction of the two halves.)
const WIDTH: usize = if cfg!(any(
    target_arch = "x86_64",
    target_arch = "aarch64",
    target_feature = "simd128"
)) {
    2
} else {
    1
};

/// Blocks in a state.
pub(crate) type Blocks = <[(); 64 * WIDTH] as AssocArraySize>::Size;

/// So many blocks take as long one by one as a whole state does: from here on the state is used.
pub(crate) const FEWEST: usize = 10;

/// One bit of each block.
#[derive(Clone, Copy)]
struct Plane([u64; WIDTH]);

/// The four planes of a cell, highest bit first.
type Cell = [Plane; 4];

/// The sixteen cells, in the order of the paper.
type State = [Cell; 16];

/// Encrypts blocks, at most as many as a state holds.
pub(crate) fn encrypt(round_keys: &[u32; ROUNDS], mut blocks: InOutBuf<'_, '_, Block>) {
    let mut state = load(blocks.get_in());
    let mut next = state;
    for [first, second] in round_keys.as_chunks().0 {
        forward(&state, &mut next, *first);
        forward(&next, &mut state, *second);
    }
    store(state, blocks.get_out());
}

/// Decrypts blocks, at most as many as a state holds.
pub(crate) fn decrypt(round_keys: &[u32; ROUNDS], mut blocks: InOutBuf<'_, '_, Block>) {
    let mut state = load(blocks.get_in());
    let mut next = state;
    for [first, second] in round_keys.as_chunks().0.iter().rev() {
        backward(&state, &mut next, *second);
        backward(&next, &mut state, *first);
    }
    store(state, blocks.get_out());
}

/// SubCells, AddConstants, AddRoundTweakey, ShiftRows, MixColumns; see [`crate::round::forward`].
///
/// Column by column, so that what is between fits into few registers: a column of the result is made of the four cells that
/// ShiftRows brings into it.
#[inline(never)]
fn forward(from: &State, to: &mut State, key: u32) {
    let keyed = |cell: Cell, key: u32| add_key(sub_cell(cell), key);
    [to[0], to[4], to[8], to[12]] = mix_column([
        keyed(from[0], key),
        keyed(from[7], !key << 28),
        sub_cell(from[10]),
        sub_cell(from[13]),
    ]);
    [to[1], to[5], to[9], to[13]] = mix_column([
        keyed(from[1], key << 4),
        keyed(from[4], !key << 16),
        sub_cell(from[11]),
        sub_cell(from[14]),
    ]);
    [to[2], to[6], to[10], to[14]] = mix_column([
        keyed(from[2], key << 8),
        keyed(from[5], !key << 20),
        add_c2(sub_cell(from[8])),
        sub_cell(from[15]),
    ]);
    [to[3], to[7], to[11], to[15]] = mix_column([
        keyed(from[3], key << 12),
        keyed(from[6], !key << 24),
        sub_cell(from[9]),
        sub_cell(from[12]),
    ]);
}

/// The inverse of [`forward`] under the same round key.
#[inline(never)]
fn backward(from: &State, to: &mut State, key: u32) {
    let keyed = |cell: Cell, key: u32| sub_cell_back(add_key(cell, key));
    let [a, b, c, d] = mix_column_back([from[0], from[4], from[8], from[12]]);
    to[0] = keyed(a, key);
    to[7] = keyed(b, !key << 28);
    to[10] = sub_cell_back(c);
    to[13] = sub_cell_back(d);
    let [a, b, c, d] = mix_column_back([from[1], from[5], from[9], from[13]]);
    to[1] = keyed(a, key << 4);
    to[4] = keyed(b, !key << 16);
    to[11] = sub_cell_back(c);
    to[14] = sub_cell_back(d);
    let [a, b, c, d] = mix_column_back([from[2], from[6], from[10], from[14]]);
    to[2] = keyed(a, key << 8);
    to[5] = keyed(b, !key << 20);
    to[8] = sub_cell_back(add_c2(c));
    to[15] = sub_cell_back(d);
    let [a, b, c, d] = mix_column_back([from[3], from[7], from[11], from[15]]);
    to[3] = keyed(a, key << 12);
    to[6] = keyed(b, !key << 24);
    to[9] = sub_cell_back(c);
    to[12] = sub_cell_back(d);
}

/// The S-box, as in [`crate::round`]: four times x0 ← x0 ⊕ ¬(x3 ∨ x2), each time one bit further.
#[inline(always)]
fn sub_cell([x3, x2, x1, x0]: Cell) -> Cell {
    let x0 = x0 ^ (x3 & x2);
    let x3 = x3 ^ (x2 & x1);
    let x2 = x2 ^ (x1 & x0);
    let x1 = x1 ^ (x0 & x3);
    [x0, x3, x2, x1]
}

#[inline(always)]
fn sub_cell_back([x0, x3, x2, x1]: Cell) -> Cell {
    let x1 = x1 ^ (x0 & x3);
    let x2 = x2 ^ (x1 & x0);
    let x3 = x3 ^ (x2 & x1);
    let x0 = x0 ^ (x3 & x2);
    [x3, x2, x1, x0]
}

/// Adds the highest four bits of `key` to that cell of every block.
#[inline(always)]
fn add_key([x3, x2, x1, x0]: Cell, key: u32) -> Cell {
    let bit = |at: u32| Plane::of_highest_bit(key << at);
    [x3 ^ bit(0), x2 ^ bit(1), x1 ^ bit(2), x0 ^ bit(3)]
}

/// Adds the round constant c2 = 2.
#[inline(always)]
fn add_c2([x3, x2, x1, x0]: Cell) -> Cell {
    [x3, x2, !x1, x0]
}

/// Rows (a, b, c, d) → (a⊕c⊕d, a, b⊕c, a⊕c). Of complemented planes b is the only one that comes as it is: its key was
/// negated. So the complements cancel out in all rows but the last.
#[inline(always)]
fn mix_column([a, b, c, d]: [Cell; 4]) -> [Cell; 4] {
    let last = add(a, c);
    [add(last, d), a, add(b, c), last.map(Not::not)]
}

/// The inverse of [`mix_column`]: b comes out as it is, the others complemented.
#[inline(always)]
fn mix_column_back([first, a, third, last]: [Cell; 4]) -> [Cell; 4] {
    let last = last.map(Not::not);
    let c = add(last, a);
    [a, add(third, c), c, add(last, first)]
}

#[inline(always)]
fn add([a3, a2, a1, a0]: Cell, [b3, b2, b1, b0]: Cell) -> Cell {
    [a3 ^ b3, a2 ^ b2, a1 ^ b1, a0 ^ b0]
}

/// A state of these blocks. Where there are fewer than it holds, the rest is anything.
fn load(blocks: &[Block]) -> State {
    let mut state = [[Plane([0; WIDTH]); 4]; 16];
    let planes = state.as_flattened_mut();
    for (plane, blocks) in planes.iter_mut().zip(blocks.chunks(WIDTH)) {
        for (word, block) in plane.0.iter_mut().zip(blocks) {
            *word = !u64::from_be_bytes((*block).into());
        }
    }
    transpose(planes);
    state
}

/// The first blocks of a state, as many as there is place for.
fn store(mut state: State, blocks: &mut [Block]) {
    let planes = state.as_flattened_mut();
    transpose(planes);
    for (plane, blocks) in planes.iter().zip(blocks.chunks_mut(WIDTH)) {
        for (word, block) in plane.0.iter().zip(blocks) {
            *block = (!word).to_be_bytes().into();
        }
    }
}

/// Exchanges bit i of plane k, counted from the highest, and bit k of plane i. Its own inverse.
fn transpose(planes: &mut [Plane]) {
    exchange::<32>(planes, 0x0000_0000_ffff_ffff);
    exchange::<16>(planes, 0x0000_ffff_0000_ffff);
    exchange::<8>(planes, 0x00ff_00ff_00ff_00ff);
    exchange::<4>(planes, 0x0f0f_0f0f_0f0f_0f0f);
    exchange::<2>(planes, 0x3333_3333_3333_3333);
    exchange::<1>(planes, 0x5555_5555_5555_5555);
}

/// In each square of 2 × `SIDE` planes and as many bits: exchanges the quarters on the right above and on the left below.
#[inline(always)]
fn exchange<const SIDE: usize>(planes: &mut [Plane], right: u64) {
    for square in planes.chunks_exact_mut(2 * SIDE) {
        let (above, below) = square.split_at_mut(SIDE);
        for (above, below) in above.iter_mut().zip(below) {
            for (above, below) in above.0.iter_mut().zip(&mut below.0) {
                let changes = (*above ^ (*below >> SIDE)) & right;
                *above ^= changes;
                *below ^= changes << SIDE;
            }
        }
    }
}

impl Plane {
    /// The highest bit, for every block.
    #[inline(always)]
    const fn of_highest_bit(word: u32) -> Self {
        let word = (word as u64) << 32;
        Self([(word.cast_signed() >> 63).cast_unsigned(); WIDTH])
    }
}

impl BitXor for Plane {
    type Output = Self;

    #[inline(always)]
    fn bitxor(mut self, other: Self) -> Self {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word ^= other;
        }
        self
    }
}

impl BitAnd for Plane {
    type Output = Self;

    #[inline(always)]
    fn bitand(mut self, other: Self) -> Self {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word &= other;
        }
        self
    }
}

impl Not for Plane {
    type Output = Self;

    #[inline(always)]
    fn not(self) -> Self {
        Self(self.0.map(Not::not))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::round;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;
    #[cfg(target_arch = "wasm32")]
    wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

    const BLOCKS: usize = 64 * WIDTH;

    /// Words that differ in every bit somewhere.
    fn words() -> [u64; BLOCKS] {
        let mut word = 1u64;
        core::array::from_fn(|_| {
            word = word
                .wrapping_mul(0x5851_f42d_4c95_7f2d)
                .wrapping_add(0x1405_7b7e_f767_814f);
            word ^ word >> 31
        })
    }

    fn blocks(words: [u64; BLOCKS]) -> [Block; BLOCKS] {
        words.map(|word| word.to_be_bytes().into())
    }

    #[test]
    fn what_is_loaded_is_stored() {
        let before = blocks(words());
        let mut after = before;
        for many in [0, 1, 63, BLOCKS - 1, BLOCKS] {
            after.fill([0; 8].into());
            store(load(&before[..many]), &mut after[..many]);
            assert_eq!(after[..many], before[..many]);
            assert!(after[many..].iter().all(|block| *block == [0; 8]));
        }
    }

    /// Plane 4c + i has the bit i of cell c, counted from the highest, of block k at k.
    #[test]
    fn each_bit_has_its_plane() {
        for bit in 0..64 {
            let mut state = load(&blocks([1 << (63 - bit); BLOCKS]));
            for (at, plane) in state.as_flattened_mut().iter().enumerate() {
                let ones = if at == bit { 0 } else { u64::MAX };
                assert_eq!(plane.0, [ones; WIDTH], "bit {bit}, plane {at}");
            }
        }
    }

    #[test]
    fn a_round_is_the_round_of_each_block() {
        let state = load(&blocks(words()));
        for key in [0, u32::MAX, 0x0123_4567, 0xfedc_ba98, 1, 1 << 31] {
            let (mut next, mut back) = (state, state);
            let mut after = blocks([0; BLOCKS]);
            forward(&state, &mut next, key);
            store(next, &mut after);
            assert_eq!(
                after,
                blocks(words().map(|word| round::forward(word, key))),
                "key {key:x}"
            );
            backward(&next, &mut back, key);
            store(back, &mut after);
            assert_eq!(after, blocks(words()), "key {key:x}");
        }
    }
}
