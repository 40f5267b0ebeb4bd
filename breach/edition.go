package breach

import (
	"crypto/sha256"
	"encoding/binary"
)

// Edition names the content of a corpus: it changes whenever the content does,
// also over a restart and when a folder is made anew, and is never 0. It says
// nothing about which of two editions is newer. A password that was looked up
// in this edition need not be looked up again until it has changed.
//
// A Corpus of another kind has no edition: EditionOf tells 0 then.
func EditionOf(c Corpus) uint64 {
	if e, ok := c.(interface{ Edition() uint64 }); ok {
		return e.Edition()
	}
	return 0
}

// Edition is that of the manifest: see EditionOf.
func (x *Index) Edition() uint64 { return x.current.Load().edition }

// Edition is that of all passwords and counts: see EditionOf.
func (l *List) Edition() uint64 { return l.edition }

// Edition is that of all members together; 0 if one of them has none.
func (u union) Edition() uint64 {
	h := sha256.New()
	for _, c := range u {
		e := EditionOf(c)
		if e == 0 {
			return 0
		}
		h.Write(binary.BigEndian.AppendUint64(nil, e))
	}
	return editionOf(h.Sum(nil))
}

// editionOf makes an edition of a digest.
func editionOf(sum []byte) uint64 {
	// 63 bits, since databases have no unsigned integers.
	return binary.BigEndian.Uint64(sum)>>1 | 1
}

func sum(content []byte) []byte {
	digest := sha256.Sum256(content)
	return digest[:]
}

// digest is the edition of a list.
func (l *List) digest() uint64 {
	h := sha256.New()
	var buf []byte
	for i := range l.entries {
		e := &l.entries[i]
		if buf = binary.BigEndian.AppendUint32(append(buf, e.hash[:]...), e.count); len(buf) > 1<<15 {
			h.Write(buf)
			buf = buf[:0]
		}
	}
	h.Write(buf)
	return editionOf(h.Sum(nil))
}
