package atlas

import (
	"math"
	"math/bits"
)

// A line is 64 bytes and holds two blocks of 32. The bits of a block are counted
// from the lowest of its first byte:
//
//	8 bits   country of the block, by number
//	5 bits   n - 1, for n ranges
//	8 bits   where the answers begin, in bits
//	distance of the line's second block from the first, in the second only
//	n - 1 ×  step: the distance of a range from the one before
//	n ×      answer: place and network of a range
//
// A distance is 6 bits with its length less one, then the distance without its
// highest bit. A length of 64 says that there is no second block.
//
// A step is a symbol: the number of one of 255 frequent distances, or 255 for
// another one, which follows.
//
// An answer is a symbol, 36 × how the network is told + how the place is told,
// then the bits that they ask for, the place's first.
const (
	lineBytes  = 64
	blockBytes = lineBytes / 2
	blockBits  = 8 * blockBytes
	blockMost  = 32 // ranges
	headerBits = 8 + 5 + 8
	sizeBits   = 6  // of the length of a distance
	noSecond   = 63 // in its place

	stepOther = maxSymbols - 1 // the symbol of a distance that has no number
)

// How the place of a range is told.
const (
	placeBack  = 0  // 0 to 15: as the range 1 to 16 before
	placeBack4 = 16 // as the one 17 to 31 before: 4 bits
	placeLocal = 17 // 17 to 34: in the block's country, a rank of 1 to 18 bits, its highest bit left out
	placeFar   = 35 // by its number, 18 bits
	placeTells = 36

	farBits   = 18
	maxPlaces = 1<<farBits - 1
)

// How its network is told.
const (
	networkSame  = 0 // as the range before
	networkBack  = 1 // as the range whose place it shares
	networkOther = 2 // as the last range before whose network was another one
	networkTold  = 3 // 4 bits with the length of its rank in the block's country, and the rank without its highest bit; or 0 and its number in 17 bits
	networkTells = 4

	toldBits    = 4
	rankMost    = 15 // bits
	numberBits  = 17
	maxNetworks = 1<<numberBits - 1
)

// A row of the table that decodes symbols, see decoder. That of a step holds the
// symbol; that of an answer what the symbol means.
const (
	rowTaken = 1<<6 - 1 // how many bits the code takes, with what follows it for the place

	rowStep = 8 // 8 bits: the symbol

	rowLength  = 6           // 4 bits: how many the code alone takes
	rowExtra   = 10          // 5 bits: how many follow
	rowHow     = 15          // 2 bits: how the network is told
	rowNetwork = 3 << rowHow // the same, in its place
	rowLocal   = 17          // 1 bit: the place is told by its rank
	rowBack    = 18          // 5 bits: how far back at least the range is that has the place too; 0 for none
)

// stepRow is the row of a step whose code has so many bits.
func stepRow(symbol int, length uint8) uint32 { return uint32(length) | uint32(symbol)<<rowStep }

// answerRow is the row of an answer.
func answerRow(symbol int, length uint8) uint32 {
	extra := answerExtra(symbol)
	row := uint32(length+extra) | uint32(length)<<rowLength | uint32(extra)<<rowExtra | uint32(symbol/placeTells)<<rowHow
	switch tell := uint32(symbol % placeTells); {
	case tell < placeBack4:
		return row | (tell+1)<<rowBack
	case tell == placeBack4:
		return row | 17<<rowBack
	case tell < placeFar:
		return row | 1<<rowLocal
	}
	return row
}

// answerExtra is how many bits of the place follow a symbol.
func answerExtra(symbol int) uint8 {
	switch tell := symbol % placeTells; {
	case tell < placeBack4:
		return 0
	case tell == placeBack4:
		return 4
	case tell < placeFar:
		return uint8(tell - placeLocal)
	}
	return farBits
}

// country is where the places and the networks of a country begin: the numbers
// before the first.
type country struct{ place, network uint32 }

// family is the part of an atlas for one version of the protocol.
type family struct {
	keys      []uint64 // where each line begins
	width     uint     // bits of a key
	guide     []uint32 // by the highest 16 bits of a key: see guided
	lines     string   // 64 bytes each, then 8 that a reader may touch
	steps     *decoder
	distances *[maxSymbols]uint64 // by the symbol of a step
	answers   *decoder
	countries *[maxCountries]country
}

// find decodes what an address of this key is answered: numbers of rows, 0 for nothing.
func (f *family) find(key uint64) (place, network uint32) {
	n := f.line(key)
	if n < 0 {
		return 0, 0
	}
	block, far, steps := half(f.lines[n*lineBytes:n*lineBytes+lineBytes+lineSlack], key-f.keys[n])
	index, answers := f.seek(block, steps, far)
	return f.answer(block, index, answers)
}

// half is the block of a line that holds what lies so far into the line: its
// bytes with some more, how far into the block that is, and where its steps begin.
func half(line string, far uint64) (block string, left uint64, steps uint) {
	reach, steps := reach(line)
	if far <= reach {
		return line[:blockBytes+lineSlack], far, headerBits
	}
	return line[blockBytes : lineBytes+lineSlack], far - reach - 1, steps
}

// reach is how far the first block of a line reaches, and where the steps of the
// second begin.
func reach(line string) (far uint64, steps uint) {
	word := u64(line, blockBytes+headerBits/8) >> (headerBits % 8)
	size := uint(word & (1<<sizeBits - 1))
	if size > 64-headerBits%8-sizeBits { // longer than what was loaded
		if size == noSecond {
			return math.MaxUint64, 0
		}
		distance, steps := readDistance(line[blockBytes:], headerBits)
		return distance - 1, steps
	}
	return (word>>sizeBits&(1<<size-1) | 1<<size) - 1, headerBits + sizeBits + size
}

// guideBits are the highest bits of a key, by which the directory is entered.
const guideBits = 16

// guided notes, for all values of the highest bits, which line holds the first of
// their keys, and behind them which line is the last.
func guided(keys []uint64, width uint) []uint32 {
	guide := make([]uint32, 1<<guideBits+1)
	n := 0 // lines that begin at that first key or before
	for high := range uint64(1 << guideBits) {
		for n < len(keys) && keys[n] <= high<<(width-guideBits) {
			n++
		}
		guide[high] = uint32(max(n, 1) - 1)
	}
	guide[1<<guideBits] = uint32(max(len(keys), 1) - 1)
	return guide
}

// line is the last line that begins at the key or before it, -1 if there is none.
func (f *family) line(key uint64) int {
	if len(f.keys) == 0 || key < f.keys[0] {
		return -1
	}
	high := key >> (f.width - guideBits)
	from, to := int(f.guide[high]), int(f.guide[high+1])
	return from + last(f.keys[from:to+1], key)
}

// last is the last of ascending keys that is not above the key, when the first
// is not. It has no branch that would be guessed wrong every other time.
func last(keys []uint64, key uint64) int {
	at := 0
	for n := len(keys); n > 1; {
		half := n / 2
		_, above := bits.Sub64(key, keys[at+half], 0) // 1 if that key is above, else 0
		at += half & (int(above) - 1)
		n -= half
	}
	return at
}

// seek follows the steps to the range that holds what lies so far into the
// block. It tells which range that is, and where the answers begin.
func (f *family) seek(block string, at uint, far uint64) (index int, answers uint) {
	head := u64(block, 0)
	last, answers := int(head>>8&(blockMost-1)), uint(head>>13&(blockBits-1))
	word, left := uint64(0), uint(0) // what was loaded: the next bits, and how many
	for ; index < last; index++ {
		if left < maxCode {
			if at >= blockBits {
				break
			}
			word, left = u64(block, int(at>>3))>>(at&7), 64-at&7
		}
		row := f.steps[word&(1<<maxCode-1)]
		size, symbol := uint(row&rowTaken), row>>rowStep&(maxSymbols-1)
		at += size
		word >>= size & 63
		left -= size
		step := f.distances[symbol]
		if symbol == stepOther {
			step, at = readDistance(block, at)
			left = 0
		}
		if step > far {
			break
		}
		far -= step
	}
	return index, answers
}

// readDistance reads a distance that has no symbol.
func readDistance(block string, at uint) (step uint64, next uint) {
	if at >= blockBits {
		return 0, at
	}
	size := uint(u64(block, int(at>>3)) >> (at & 7) & (1<<sizeBits - 1)) // bits below the highest
	at += sizeBits
	for read := uint(0); read < size && at < blockBits; read += 32 {
		n := min(size-read, 32)
		step |= (u64(block, int(at>>3)) >> (at & 7) & (1<<n - 1)) << read
		at += n
	}
	return step | 1<<size, at
}

// answer reads the answers up to that of one range. What is chosen by data that
// differ from range to range is computed both ways: a branch would be guessed
// wrong every other time.
func (f *family) answer(block string, index int, at uint) (place, network uint32) {
	var places, networks [blockMost]uint32
	home := f.countries[block[0]]
	other := uint32(0)
	word, left := uint64(0), uint(0)
	for i := 0; i <= index; i++ {
		if left < maxCode+farBits {
			if at >= blockBits {
				return 0, 0
			}
			word, left = u64(block, int(at>>3))>>(at&7), 64-at&7
		}
		row := f.answers[word&(1<<maxCode-1)]
		taken, more := uint(row&rowTaken), row>>rowExtra&31
		extra := uint32(word>>(row>>rowLength&15)) & (1<<more - 1)
		at += taken
		word >>= taken & 63
		left -= taken

		// A place is told by its number, by its rank, or by the range that has it too.
		told := extra + (home.place+1<<more)*(row>>rowLocal&1)
		back := row >> rowBack
		before := (uint32(i) - back - extra) & (blockMost - 1)
		place = places[before]
		if back == 0 {
			place = told
		}

		was, sharing := network, networks[before]
		if row&rowNetwork == networkBack<<rowHow {
			network = sharing
		}
		if row&rowNetwork == networkOther<<rowHow {
			network = other
		}
		if row&rowNetwork == networkTold<<rowHow {
			network, at = toldNetwork(block, at, home.network)
			left = 0
		}
		if network != was {
			other = was
		}
		places[i&(blockMost-1)], networks[i&(blockMost-1)] = place, network
	}
	return place, network
}

// toldNetwork reads a network that is none of those before.
func toldNetwork(block string, at uint, home uint32) (network uint32, next uint) {
	if at >= blockBits {
		return 0, at
	}
	word := u64(block, int(at>>3)) >> (at & 7)
	size := uint(word & (1<<toldBits - 1))
	word >>= toldBits
	if size == 0 {
		return uint32(word & (1<<numberBits - 1)), at + toldBits + numberBits
	}
	return home + uint32(word&(1<<(size-1)-1)|1<<(size-1)), at + toldBits + size - 1
}

// bitLen is the number of bits of n.
func bitLen(n uint32) int { return bits.Len32(n) }
