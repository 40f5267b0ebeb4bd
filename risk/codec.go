package risk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// The form of a profile on disk, version 1, all numbers little-endian. A weight
// is 16 bits: 5 of exponent from 2^-12 up and 11 of mantissa, 0 for nothing. A day
// is 14 bits from 2020-01-01, a second 32 bits from the same instant.
//
//	 0  "GR"                 2
//	 2  version              1   1
//	 3  flags                1   bit 0: the profile was lost and is learned anew
//	 4  CRC-32C              4   of everything but itself
//	 8  history              4   float32
//	12  day, born            4   days, 16 bits each
//	16  last                 4   second
//	20  mean, spread         4   signed 8.8 fixed point; weight
//	24  trip                 6   country 32 bits, until day 16 bits
//	30  trusted places      24   2 x (second 4, lat 2, lon 2, radius km 2, network 1, zero 1)
//	54  counters            12   2 x (weight 2, second 4): failures, second factors
//	66  failures             1   how many follow the lists
//	67  hours               24   12 weights
//	91  tallies             52   13 x (of, new), weights
//	143 counts              11   entries in each list
//	154 lists               8 each: name 4, weight 2, day and trust 2 (3: unproven); of a place, a
//	                        device and a browser 4 more
//	    failures            8 each: prefix 4, second 4
//
// Version 1 is the first; a version that is added says here what it adds.
const (
	profileVersion = 1
	profileFixed   = 154
	entrySize      = 8
	failureSize    = 8
)

// Errors of UnmarshalBinary, to be told apart on the event: damage is an accident,
// another version an operator's doing.
var (
	ErrDamaged = errors.New("profile is damaged")
	ErrVersion = errors.New("profile has a version that is not known here")
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func hasExtra(l level) bool { return l == atPlace || l == atDevice || l == atBrowser }

// MarshalBinary writes the profile, at most MaxProfile bytes. An empty profile is
// written too. The error is always nil.
func (p *Profile) MarshalBinary() ([]byte, error) {
	return p.AppendBinary(make([]byte, 0, MaxProfile))
}

// AppendBinary appends what MarshalBinary writes.
func (p *Profile) AppendBinary(b []byte) ([]byte, error) {
	start, le := len(b), binary.LittleEndian
	var flags byte
	if p.lost {
		flags = 1
	}
	b = append(b, 'G', 'R', profileVersion, flags, 0, 0, 0, 0)
	b = le.AppendUint32(b, math.Float32bits(p.history))
	b = le.AppendUint16(b, p.day)
	b = le.AppendUint16(b, p.born)
	b = le.AppendUint32(b, p.last)
	b = le.AppendUint16(b, uint16(int16(within(p.mean, -127, 127)*256)))
	b = le.AppendUint16(b, packWeight(p.spread))
	b = le.AppendUint32(b, p.tripCountry)
	b = le.AppendUint16(b, p.tripUntil)
	for _, f := range p.trusted {
		b = le.AppendUint32(b, f.at)
		b = le.AppendUint16(b, uint16(f.spot.lat))
		b = le.AppendUint16(b, uint16(f.spot.lon))
		b = le.AppendUint16(b, f.radius)
		b = append(b, byte(f.network), 0)
	}
	for _, c := range [2]counter{p.wrong, p.second} {
		b = le.AppendUint16(b, packWeight(c.count))
		b = le.AppendUint32(b, c.at)
	}
	failures := p.recent()
	b = append(b, byte(len(failures)))
	for _, h := range p.hours {
		b = le.AppendUint16(b, packWeight(h))
	}
	for _, t := range p.tallies {
		b = le.AppendUint16(b, packWeight(t.of))
		b = le.AppendUint16(b, packWeight(t.new))
	}
	b = append(b, p.count[:]...)
	for l := range level(numLevels) {
		for _, e := range p.list(l) {
			b = le.AppendUint32(b, e.name)
			b = le.AppendUint16(b, packWeight(e.weight))
			b = le.AppendUint16(b, e.day|uint16(e.trust)<<14)
			if hasExtra(l) {
				b = le.AppendUint32(b, e.extra)
			}
		}
	}
	for _, f := range failures {
		b = le.AppendUint32(b, f.prefix)
		b = le.AppendUint32(b, f.at)
	}
	le.PutUint32(b[start+4:], checksum(b[start:]))
	return b, nil
}

// recent is the failures that are kept, in no order.
func (p *Profile) recent() []failure {
	n := 0
	for n < len(p.failures) && p.failures[n].at != 0 {
		n++
	}
	return p.failures[:n]
}

func checksum(b []byte) uint32 {
	return crc32.Update(crc32.Checksum(b[:4], castagnoli), castagnoli, b[8:])
}

// UnmarshalBinary reads what MarshalBinary wrote; no bytes at all are an empty
// profile. After an error, which is ErrDamaged or ErrVersion, the profile is empty
// and Lost.
func (p *Profile) UnmarshalBinary(b []byte) error {
	*p = Profile{}
	if len(b) == 0 {
		return nil
	}
	if err := p.decode(b); err != nil {
		*p = Profile{lost: true}
		return err
	}
	for i, e := range p.list(atPlace) {
		p.directions[i] = unpackSpot(e.name).direction()
	}
	return nil
}

func (p *Profile) decode(b []byte) error {
	if len(b) < 8 || b[0] != 'G' || b[1] != 'R' {
		return fmt.Errorf("%w: no profile begins like this", ErrDamaged)
	}
	if b[2] != profileVersion {
		return fmt.Errorf("%w: version %d", ErrVersion, b[2])
	}
	if len(b) < profileFixed || len(b) > MaxProfile {
		return fmt.Errorf("%w: %d bytes", ErrDamaged, len(b))
	}
	if binary.LittleEndian.Uint32(b[4:]) != checksum(b) {
		return fmt.Errorf("%w: checksum", ErrDamaged)
	}
	if b[3] > 1 {
		return fmt.Errorf("%w: flags %#x", ErrDamaged, b[3])
	}
	p.lost = b[3] == 1
	r := reader(b[8:])
	p.history = math.Float32frombits(r.u32())
	p.day, p.born, p.last = r.u16(), r.u16(), r.u32()
	p.mean, p.spread = float32(int16(r.u16()))/256, r.weight()
	p.tripCountry, p.tripUntil = r.u32(), r.u16()
	for i := range p.trusted {
		f := &p.trusted[i]
		f.at, f.spot.lat, f.spot.lon, f.radius = r.u32(), int16(r.u16()), int16(r.u16()), r.u16()
		kind := r.u16()
		if kind > uint16(NetworkCorporate) {
			return fmt.Errorf("%w: network %d", ErrDamaged, kind)
		}
		f.network = Network(kind)
	}
	for _, c := range [2]*counter{&p.wrong, &p.second} {
		c.count, c.at = r.weight(), r.u32()
	}
	failures := int(r.u8())
	for i := range p.hours {
		p.hours[i] = r.weight()
	}
	for i := range p.tallies {
		p.tallies[i] = tally{of: r.weight(), new: r.weight()}
	}
	return p.decodeLists(r, failures)
}

func (p *Profile) decodeLists(r reader, failures int) error {
	want := failures * failureSize
	for l := range level(numLevels) {
		p.count[l] = r.u8()
		if p.count[l] > caps[l] {
			return fmt.Errorf("%w: %d entries in list %d", ErrDamaged, p.count[l], l)
		}
		want += int(p.count[l]) * entrySize
		if hasExtra(l) {
			want += int(p.count[l]) * 4
		}
	}
	if len(r) != want || failures > maxFailures || !(p.history >= 0 && p.history < 1e9) || p.day > lastDay {
		return fmt.Errorf("%w: it holds what cannot be", ErrDamaged)
	}
	for l := range level(numLevels) {
		for i := range p.list(l) {
			e := &p.list(l)[i]
			e.name, e.weight = r.u32(), r.weight()
			day := r.u16()
			e.day, e.trust = day&lastDay, Trust(day>>14)
			if e.trust > Remembered && l != atDevice {
				return fmt.Errorf("%w: trust %d", ErrDamaged, e.trust)
			}
			if hasExtra(l) {
				e.extra = r.u32()
			}
		}
	}
	for i := range failures {
		p.failures[i] = failure{r.u32(), r.u32()}
		if p.failures[i].at == 0 {
			return fmt.Errorf("%w: a failure that never was", ErrDamaged)
		}
	}
	return nil
}

// reader takes numbers from the front of bytes whose length was checked.
type reader []byte

func (r *reader) u8() uint8 {
	x := (*r)[0]
	*r = (*r)[1:]
	return x
}

func (r *reader) u16() uint16 {
	x := binary.LittleEndian.Uint16(*r)
	*r = (*r)[2:]
	return x
}

func (r *reader) u32() uint32 {
	x := binary.LittleEndian.Uint32(*r)
	*r = (*r)[4:]
	return x
}

func (r *reader) weight() float32 { return unpackWeight(r.u16()) }

// weightBase is what the top bits of the least weight but zero, 2^-12, stand for.
const weightBase = (127-12)<<11 - 1

// packWeight rounds to 12 significant bits: whole numbers are exact to 4096.
func packWeight(x float32) uint16 {
	if !(x >= 1.0/4096) { // NaN too
		return 0
	}
	top := (math.Float32bits(x) + 1<<11) >> 12
	return uint16(min(top-weightBase, math.MaxUint16))
}

func unpackWeight(w uint16) float32 {
	if w == 0 {
		return 0
	}
	return math.Float32frombits((uint32(w) + weightBase) << 12)
}
