package hibp

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"slices"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// moreLines is the random part of the padding: 0 to 200 lines.
const moreLines = 201

// pad adds lines of random hashes with the count 0, among the true ones in their
// order: to a client they are hashes that were never seen.
func (h *Handler) pad(text []byte, lines int, alg brx.Alg) ([]byte, error) {
	var few [8]byte
	if _, err := io.ReadFull(h.cfg.Rand, few[:]); err != nil {
		return nil, fmt.Errorf("draw padding: %w", err)
	}
	n := max(h.paddedLines(alg)-lines, 0) + int(binary.LittleEndian.Uint64(few[:])%moreLines)
	digits := 2*alg.Bytes() - 5
	each := (digits + 1) / 2
	room := make([]byte, n*each)
	if _, err := io.ReadFull(h.cfg.Rand, room); err != nil {
		return nil, fmt.Errorf("draw padding: %w", err)
	}
	all := bytes.SplitAfter(text, []byte("\n"))
	all = all[:len(all)-1] // what follows the last end is empty
	for i := range n {
		suffix := bytes.ToUpper(hex.AppendEncode(nil, room[i*each:(i+1)*each]))[:digits]
		all = append(all, append(suffix, ":0\r\n"...))
	}
	slices.SortFunc(all, bytes.Compare)
	return bytes.Join(all, nil), nil
}
