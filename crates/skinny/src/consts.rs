//! Sizes and constants of SKINNY-64/192 (paper, §2.2 to §2.4).
//!
//! A state of sixteen 4-bit cells is one `u64`: cell 0 is the highest nibble, and each row of four
//! cells is sixteen bits. Where only the first two rows matter, they are one `u32`.

/// Rounds of the 64-bit block with a 192-bit tweakey (paper, table 2).
pub(crate) const ROUNDS: usize = 40;

/// Round constant c2 = 2, always in cell 8 (paper, §2.3, AddConstants).
pub(crate) const C2: u64 = 0x2000_0000;

/// Bit 0 of each of the sixteen cells.
pub(crate) const BIT0: u64 = 0x1111_1111_1111_1111;
/// Bit 1 of each cell.
pub(crate) const BIT1: u64 = 0x2222_2222_2222_2222;
/// Bit 2 of each cell.
pub(crate) const BIT2: u64 = 0x4444_4444_4444_4444;
/// Bit 3 of each cell.
pub(crate) const BIT3: u64 = 0x8888_8888_8888_8888;

/// The 6-bit constants of the rounds, placed where AddConstants wants them: the low four bits in
/// cell 0, the upper two in cell 4. They come from an LFSR that starts at 0 and is clocked before
/// use: shift left, new low bit = bit 5 ⊕ bit 4 ⊕ 1.
pub(crate) struct RoundConstants(u32);

impl RoundConstants {
    pub(crate) const fn new() -> Self {
        Self(0)
    }

    pub(crate) const fn next(&mut self) -> u32 {
        let feedback = (self.0 >> 5) ^ (self.0 >> 4) ^ 1;
        self.0 = ((self.0 << 1) | (feedback & 1)) & 0x3f;
        (self.0 & 0xf) << 28 | (self.0 >> 4) << 12
    }
}
