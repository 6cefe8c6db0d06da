//! The tweakey schedule (paper, §2.4).

use crate::consts::{ROUNDS, RoundConstants};

/// Computes the 40 round keys: for each round the first two rows of TK1 ⊕ TK2 ⊕ TK3, with the
/// round's constants of cells 0 and 4 already added (both are XORed at the same place).
pub(crate) fn expand(key: &[u8; 24]) -> [u32; ROUNDS] {
    let mut rows = [0u32; 6];
    for (row, bytes) in rows.iter_mut().zip(key.as_chunks::<4>().0) {
        *row = u32::from_be_bytes(*bytes);
    }
    // Of each tweakey: the two rows that this round uses, and the two that it does not.
    let [mut tk1, mut rest1, mut tk2, mut rest2, mut tk3, mut rest3] = rows;

    let mut constants = RoundConstants::new();
    let round_keys = core::array::from_fn(|_| {
        let round_key = tk1 ^ tk2 ^ tk3 ^ constants.next();
        (tk1, rest1) = (permute(rest1), tk1);
        (tk2, rest2) = (lfsr2(permute(rest2)), tk2);
        (tk3, rest3) = (lfsr3(permute(rest3)), tk3);
        round_key
    });
    #[cfg(feature = "zeroize")]
    zeroize::Zeroize::zeroize(&mut rows);
    round_keys
}

/// The half of the cell permutation P_T = (9,15,8,13,10,14,12,11,0,…,7) that moves anything within
/// a row: cells 8 to 15 become cells 0 to 7. (The other half only exchanges the two halves.)
/// Cells that move by the same distance move together.
const fn permute(cells: u32) -> u32 {
    (cells << 4) & 0xf000_0f00
        | (cells << 24) & 0x0f00_0000
        | (cells >> 8) & 0x00f0_f0f0
        | (cells << 8) & 0x000f_0000
        | (cells >> 16) & 0x0000_000f
}

/// On each cell of TK2: (x3,x2,x1,x0) → (x2,x1,x0,x3⊕x2).
const fn lfsr2(cells: u32) -> u32 {
    (cells << 1) & 0xeeee_eeee | ((cells >> 3) ^ (cells >> 2)) & 0x1111_1111
}

/// On each cell of TK3: (x3,x2,x1,x0) → (x0⊕x3,x3,x2,x1).
const fn lfsr3(cells: u32) -> u32 {
    (cells >> 1) & 0x7777_7777 | (cells ^ (cells << 3)) & 0x8888_8888
}
