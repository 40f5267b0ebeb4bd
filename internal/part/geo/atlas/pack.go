package atlas

import (
	"math"
	"slices"
)

// Range is where an answer begins; it holds up to the next range.
type Range struct {
	Key            uint64 // of the first address: 32 bits of IPv4, or the first 64 of IPv6
	Place, Network uint32 // numbers, 0 for none
}

// packed is one family, ready to be written.
type packed struct {
	stepLengths, answerLengths []uint8
	distances                  []uint64
	keys                       []uint64
	lines                      []byte
}

// packer cuts ranges into blocks, and counts symbols while it does.
type packer struct {
	countries []country // by number
	homeOf    []uint8   // country of each place, by the place's number

	symbols       map[uint64]int // distance -> symbol of a step
	stepLengths   []uint8
	answerLengths []uint8
	stepCodes     []uint16
	answerCodes   []uint16

	stepCounts   []int
	answerCounts []int
}

// rounds of packing: each counts the symbols of the blocks that the codes of the
// one before have made. After three nothing changes any more.
const rounds = 3

// pack finds codes that suit the ranges, and packs them.
func pack(ranges []Range, countries []country, homeOf []uint8) packed {
	p := &packer{countries: countries, homeOf: homeOf}
	distances := p.number(ranges)
	steps, answers := make([]int, maxSymbols), make([]int, answerSymbols)
	for i := range steps {
		steps[i] = 1
	}
	for i := range answers {
		answers[i] = 1
	}
	var out packed
	for range rounds {
		// A code for every symbol: what did not occur in this round may in the next.
		for i := range steps {
			steps[i]++
		}
		for i := range answers {
			answers[i]++
		}
		p.code(steps, answers)
		out.keys, out.lines = p.round(ranges)
		steps, answers = p.stepCounts, p.answerCounts
	}
	out.stepLengths, out.answerLengths, out.distances = p.stepLengths, p.answerLengths, distances
	return out
}

// number gives the most frequent distances a symbol.
func (p *packer) number(ranges []Range) []uint64 {
	counts := map[uint64]int{}
	for i := 1; i < len(ranges); i++ {
		counts[ranges[i].Key-ranges[i-1].Key]++
	}
	distances := byFrequency(counts)
	for len(distances) < stepOther {
		distances = append(distances, 0)
	}
	distances = distances[:stepOther]
	p.symbols = map[uint64]int{}
	for i, d := range distances {
		if d != 0 {
			p.symbols[d] = i
		}
	}
	return distances
}

func (p *packer) code(steps, answers []int) {
	p.stepLengths, p.answerLengths = codeLengths(steps), codeLengths(answers)
	var err1, err2 error
	p.stepCodes, err1 = assign(p.stepLengths)
	p.answerCodes, err2 = assign(p.answerLengths)
	if err1 != nil || err2 != nil {
		panic("atlas: a code that does not fit together") // codeLengths makes whole codes alone
	}
	p.stepCounts, p.answerCounts = make([]int, maxSymbols), make([]int, answerSymbols)
}

// round packs all ranges with the codes of now.
func (p *packer) round(ranges []Range) (keys []uint64, lines []byte) {
	for len(ranges) > 0 {
		key := ranges[0].Key
		first := p.best(ranges, bitString{})
		ranges = ranges[first.count:]
		keys, lines = append(keys, key), append(lines, first.bytes()...)

		if len(ranges) == 0 || ranges[0].Key-key >= 1<<noSecond {
			lines = append(lines, alone()...)
			continue
		}
		var front bitString
		front.putDistance(ranges[0].Key - key)
		second := p.best(ranges, front)
		ranges = ranges[second.count:]
		lines = append(lines, second.bytes()...)
	}
	return keys, append(lines, make([]byte, lineSlack)...)
}

// alone is what stands in the place of a second block that is not there.
func alone() []byte {
	var b bitString
	b.put(0, headerBits)
	b.put(noSecond, sizeBits)
	return b.bytes()
}

// best fills a block, which has something in front of its steps, in the country
// that takes the most ranges in, and counts its symbols.
func (p *packer) best(ranges []Range, front bitString) trial {
	var best trial
	for _, home := range p.candidates(ranges) {
		if t := p.fill(ranges, home, front); t.count > best.count {
			best = t
		}
	}
	for _, s := range best.steps {
		p.stepCounts[s]++
	}
	for _, s := range best.answers {
		p.answerCounts[s]++
	}
	return best
}

// candidates are the countries that a block beginning here may call its own: the
// two that occur most.
func (p *packer) candidates(ranges []Range) []uint8 {
	var seen [maxCountries]int
	var order []uint8
	for _, r := range ranges[:min(len(ranges), 40)] {
		home := p.homeOf[r.Place]
		if seen[home]++; seen[home] == 1 {
			order = append(order, home)
		}
	}
	slices.SortStableFunc(order, func(a, b uint8) int { return seen[b] - seen[a] })
	return order[:min(len(order), 2)]
}

// trial is a block being filled.
type trial struct {
	home           uint8
	count          int
	step, answer   bitString // step with what is in front of the steps
	steps, answers []uint8
}

// fill takes in ranges until the block is full.
func (p *packer) fill(ranges []Range, home uint8, front bitString) trial {
	t := trial{home: home, step: front, steps: make([]uint8, 0, blockMost), answers: make([]uint8, 0, blockMost)}
	other := uint32(0)
	for i, r := range ranges[:min(len(ranges), blockMost)] {
		step, answer, symbols := t.step, t.answer, [2]uint8{}
		if i > 0 {
			symbols[0] = p.putStep(&step, r.Key-ranges[i-1].Key)
		}
		symbols[1] = p.putAnswer(&answer, ranges[:i], r, home, other)
		if headerBits+step.n+answer.n > blockBits {
			return t
		}
		if i > 0 {
			t.steps = append(t.steps, symbols[0])
		}
		t.step, t.answer, t.answers, t.count = step, answer, append(t.answers, symbols[1]), i+1
		if was := before(ranges[:i]); was != r.Network {
			other = was
		}
	}
	return t
}

// before is the network of the last range, none before the first.
func before(ranges []Range) uint32 {
	if len(ranges) == 0 {
		return 0
	}
	return ranges[len(ranges)-1].Network
}

// bytes is the block as it is written.
func (t *trial) bytes() []byte {
	var b bitString
	b.put(uint64(t.home), 8)
	b.put(uint64(t.count-1), 5)
	b.put(uint64(headerBits+t.step.n), 8)
	b.append(&t.step)
	b.append(&t.answer)
	return b.bytes()
}

func (p *packer) putStep(b *bitString, distance uint64) uint8 {
	if s, ok := p.symbols[distance]; ok {
		b.put(uint64(p.stepCodes[s]), uint(p.stepLengths[s]))
		return uint8(s)
	}
	b.put(uint64(p.stepCodes[stepOther]), uint(p.stepLengths[stepOther]))
	b.putDistance(distance)
	return stepOther
}

// putAnswer tells place and network in the way that takes the fewest bits.
func (p *packer) putAnswer(b *bitString, earlier []Range, r Range, home uint8, other uint32) uint8 {
	back := 0
	for i := len(earlier) - 1; i >= 0; i-- {
		if earlier[i].Place == r.Place {
			back = len(earlier) - i
			break
		}
	}
	tell, extra := p.tellPlace(r.Place, back, home)
	how := networkTold
	switch {
	case before(earlier) == r.Network:
		how = networkSame
	case back > 0 && earlier[len(earlier)-back].Network == r.Network:
		how = networkBack
	case other == r.Network:
		how = networkOther
	}
	symbol := how*placeTells + tell
	b.put(uint64(p.answerCodes[symbol]), uint(p.answerLengths[symbol]))
	b.put(uint64(extra), uint(answerExtra(symbol)))
	if how == networkTold {
		p.putNetwork(b, r.Network, p.countries[home].network)
	}
	return uint8(symbol)
}

func (p *packer) tellPlace(place uint32, back int, home uint8) (tell int, extra uint32) {
	switch {
	case back > 16:
		return placeBack4, uint32(back - 17)
	case back > 0:
		return placeBack + back - 1, 0
	case place > 0 && p.homeOf[place] == home:
		rank := place - p.countries[home].place
		size := bitLen(rank) - 1
		return placeLocal + size, rank &^ (1 << size)
	}
	return placeFar, place
}

func (p *packer) putNetwork(b *bitString, network, home uint32) {
	rank := network - home
	size := uint(bitLen(rank))
	if network <= home || size > rankMost {
		b.put(0, toldBits)
		b.put(uint64(network), numberBits)
		return
	}
	b.put(uint64(size), toldBits)
	b.put(uint64(rank)&^(1<<(size-1)), size-1)
}

// bitString holds the bits of a block, and one entry more.
type bitString struct {
	words [8]uint64
	n     uint
}

func (b *bitString) putDistance(distance uint64) {
	size := uint(bitLen64(distance)) - 1
	b.put(uint64(size), sizeBits)
	b.put(distance&^(1<<size), size)
}

func (b *bitString) put(bits uint64, n uint) {
	if n == 0 {
		return
	}
	bits &= math.MaxUint64 >> (64 - n)
	w, at := b.n/64, b.n%64
	b.words[w] |= bits << at
	if at+n > 64 {
		b.words[w+1] |= bits >> (64 - at)
	}
	b.n += n
}

func (b *bitString) append(c *bitString) {
	for left, w := c.n, 0; left > 0; w++ {
		n := min(left, 64)
		b.put(c.words[w], n)
		left -= n
	}
}

func (b *bitString) bytes() []byte {
	out := make([]byte, blockBytes)
	for i := range out {
		out[i] = byte(b.words[i/8] >> (8 * (i % 8)))
	}
	return out
}
