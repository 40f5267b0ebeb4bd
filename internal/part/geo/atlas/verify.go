package atlas

import (
	"errors"
	"fmt"
	"hash/crc32"
	"unicode"
	"unicode/utf8"
)

// Verify reads the whole file: every checksum, every row and every line. It
// takes a second for a file of the world.
func (a *Atlas) Verify() error {
	part, err := split(a.data)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	for i, p := range part {
		if crc32.Checksum([]byte(p), castagnoli) != u32(a.data, partsAt+i*partRow+8) {
			return fmt.Errorf("%w: %s: the checksum differs", ErrFormat, partTitles[i])
		}
	}
	for _, check := range []func() error{a.verifyRows, a.verifyLines} {
		if err := check(); err != nil {
			return fmt.Errorf("%w: %w", ErrFormat, err)
		}
	}
	return nil
}

// verifyName checks the name that a row points to.
func (a *Atlas) verifyName(row string) error {
	if int(u24(row, 0))+int(row[3]) > len(a.names) {
		return errors.New("a name that is not there")
	}
	name := a.name(row)
	if !utf8.ValidString(name) {
		return errors.New("a name that is not UTF-8")
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			return errors.New("a name with a character that cannot be shown")
		}
	}
	return nil
}

// verifyRows checks that rows name rows that are there.
func (a *Atlas) verifyRows() error {
	for i := 0; i < len(a.countries); i += countryRow {
		first, second := a.countries[i], a.countries[i+1]
		if !(first == 0 && second == 0) && (first < 'A' || first > 'Z' || second < 'A' || second > 'Z') {
			return fmt.Errorf("countries: row %d is no country code", i/countryRow)
		}
	}
	for i := 0; i < len(a.regions); i += regionRow {
		if err := a.verifyName(a.regions[i:]); err != nil {
			return fmt.Errorf("regions: row %d: %w", i/regionRow, err)
		}
		if int(a.regions[i+4]) >= a.info.Countries {
			return fmt.Errorf("regions: row %d: country %d of %d", i/regionRow, a.regions[i+4], a.info.Countries)
		}
	}
	for i := 0; i < len(a.places); i += placeRow {
		if err := a.verifyName(a.places[i+6:]); err != nil {
			return fmt.Errorf("places: row %d: %w", i/placeRow, err)
		}
		if int(u16(a.places, i+4)) >= a.info.Regions || u32(a.places, i) > latSteps*lonSteps {
			return fmt.Errorf("places: row %d: a region or a point that is not there", i/placeRow)
		}
	}
	for i := 0; i < len(a.networks); i += networkRow {
		if err := a.verifyName(a.networks[i+4:]); err != nil {
			return fmt.Errorf("networks: row %d: %w", i/networkRow, err)
		}
	}
	return nil
}

// verifyLines decodes every range, and checks that a block ends before the next
// begins and names places and networks that are there.
func (a *Atlas) verifyLines() error {
	for i, f := range []*family{&a.v4, &a.v6} {
		want := []int{a.info.Ranges4, a.info.Ranges6}[i]
		got := 0
		for n := range f.keys {
			limit := ^uint64(0) >> (64 - f.width) // the last key
			if n+1 < len(f.keys) {
				limit = f.keys[n+1] - 1
			}
			limit -= f.keys[n] // how far the line may reach
			line := f.lines[n*lineBytes : n*lineBytes+lineBytes+lineSlack]
			blocks := []uint64{limit}
			if first, _ := reach(line); first < limit {
				blocks = []uint64{first, limit}
			}
			for _, end := range blocks {
				count, err := a.verifyBlock(f, line, end)
				if err != nil {
					return fmt.Errorf("IPv%d: line %d: %w", 4+2*i, n, err)
				}
				got += count
			}
		}
		if got != want {
			return fmt.Errorf("IPv%d: %d ranges, the head says %d", 4+2*i, got, want)
		}
	}
	return nil
}

// verifyBlock checks the block that holds the last key which it may reach, and
// tells how many ranges it has.
func (a *Atlas) verifyBlock(f *family, line string, end uint64) (count int, err error) {
	block, far, steps := half(line, end)
	count = int(block[1]&(blockMost-1)) + 1
	index, answers := f.seek(block, steps, far)
	if index != count-1 {
		return 0, fmt.Errorf("%d ranges fit before the next block, want %d", index+1, count)
	}
	for n := range count {
		place, network := f.answer(block, n, answers)
		if int(place) > a.info.Places || int(network) > a.info.Networks {
			return 0, fmt.Errorf("range %d names place %d, network %d", n, place, network)
		}
	}
	return count, nil
}
