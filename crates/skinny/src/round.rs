//! One round (paper, §2.3), on all sixteen cells of a state at once.

use crate::consts::{BIT0, BIT1, BIT2, BIT3, C2};

/// SubCells, AddConstants, AddRoundTweakey, ShiftRows, MixColumns.
#[inline]
pub(crate) const fn forward(state: u64, round_key: u32) -> u64 {
    mix_columns(shift_rows(
        sub_cells(state) ^ C2 ^ ((round_key as u64) << 32),
    ))
}

/// The inverse of [`forward`] under the same round key.
#[inline]
pub(crate) const fn backward(state: u64, round_key: u32) -> u64 {
    sub_cells_back(shift_rows_back(mix_columns_back(state)) ^ C2 ^ ((round_key as u64) << 32))
}

/// The S-box `c6901a2b385d4e7f` by its formula: four times x0 ← x0 ⊕ ¬(x3 ∨ x2), turning each cell
/// left by one bit in between. The turns are left out, each step works on the bit that would have
/// come to place 0, and one turn by three bits is made up for at the end.
const fn sub_cells(x: u64) -> u64 {
    let x = x ^ !(x >> 3 | x >> 2) & BIT0;
    let x = x ^ !(x << 1 | x << 2) & BIT3;
    let x = x ^ !(x << 1 | x << 2) & BIT2;
    let x = x ^ !(x << 1 | x >> 2) & BIT1;
    (x >> 1) & !BIT3 | (x << 3) & BIT3
}

const fn sub_cells_back(x: u64) -> u64 {
    let x = (x << 1) & !BIT0 | (x >> 3) & BIT0;
    let x = x ^ !(x << 1 | x >> 2) & BIT1;
    let x = x ^ !(x << 1 | x << 2) & BIT2;
    let x = x ^ !(x << 1 | x << 2) & BIT3;
    x ^ !(x >> 3 | x >> 2) & BIT0
}

/// Row i turns right by i cells.
const fn shift_rows(x: u64) -> u64 {
    x & 0xffff_0000_0000_0000
        | (x >> 4) & 0x0000_0fff_0000_0000
        | (x << 12) & 0x0000_f000_0000_0000
        | (x >> 8) & 0x0000_0000_00ff_0000
        | (x << 8) & 0x0000_0000_ff00_0000
        | (x >> 12) & 0x0000_0000_0000_000f
        | (x << 4) & 0x0000_0000_0000_fff0
}

const fn shift_rows_back(x: u64) -> u64 {
    x & 0xffff_0000_0000_0000
        | (x << 4) & 0x0000_fff0_0000_0000
        | (x >> 12) & 0x0000_000f_0000_0000
        | (x >> 8) & 0x0000_0000_00ff_0000
        | (x << 8) & 0x0000_0000_ff00_0000
        | (x << 12) & 0x0000_0000_0000_f000
        | (x >> 4) & 0x0000_0000_0000_0fff
}

/// Rows (a, b, c, d) → (a⊕c⊕d, a, b⊕c, a⊕c): three row additions, then the rows move down by one.
const fn mix_columns(x: u64) -> u64 {
    let x = x ^ (x & 0x0000_0000_ffff_0000) << 16;
    let x = x ^ (x >> 32) & 0x0000_0000_ffff_0000;
    let x = x ^ (x >> 16) & 0x0000_0000_0000_ffff;
    x.rotate_right(16)
}

const fn mix_columns_back(x: u64) -> u64 {
    let x = x.rotate_left(16);
    let x = x ^ (x >> 16) & 0x0000_0000_0000_ffff;
    let x = x ^ (x >> 32) & 0x0000_0000_ffff_0000;
    x ^ (x & 0x0000_0000_ffff_0000) << 16
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;
    #[cfg(target_arch = "wasm32")]
    wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

    /// Paper, table of S4. The formula must give it in every cell.
    #[test]
    fn s_box_is_the_published_table() {
        const TABLE: [u64; 16] = [0xc, 6, 9, 0, 1, 0xa, 2, 0xb, 3, 8, 5, 0xd, 4, 0xe, 7, 0xf];
        for (input, output) in TABLE.into_iter().enumerate() {
            let input = input as u64 * BIT0;
            assert_eq!(sub_cells(input), output * BIT0, "S-box of {input:x}");
            assert_eq!(
                sub_cells_back(output * BIT0),
                input,
                "inverse S-box of {output:x}"
            );
        }
    }

    #[test]
    fn rows_turn_and_columns_mix_as_written() {
        assert_eq!(shift_rows(0x0123_4567_89ab_cdef), 0x0123_7456_ab89_defc);
        assert_eq!(
            shift_rows_back(0x0123_7456_ab89_defc),
            0x0123_4567_89ab_cdef
        );
        let (a, b, c, d) = (0x1357u64, 0x0f1e, 0x8421, 0xfedc);
        let rows = |a: u64, b: u64, c: u64, d: u64| a << 48 | b << 32 | c << 16 | d;
        assert_eq!(
            mix_columns(rows(a, b, c, d)),
            rows(a ^ c ^ d, a, b ^ c, a ^ c)
        );
        assert_eq!(
            mix_columns_back(rows(a ^ c ^ d, a, b ^ c, a ^ c)),
            rows(a, b, c, d)
        );
    }
}
