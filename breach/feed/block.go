package feed

// position is a place in the sources: the beginning of a line. It can be kept
// and returned to.
type position struct {
	Source int    // number of the source
	Prefix uint32 // in a folder: the next range
	Offset int64  // in a file: bytes of decompressed text
	Line   int64  // in a file: lines before
	Packed int64  // in a file: bytes of the file itself, for the display
}

// stretch is a part of a block that comes from one file.
type stretch struct {
	prefix uint32 // in a folder: the range
	from   int    // where it begins in the text
	line   int64  // number of its first line, from 1
}

// block is a few MiB of whole lines on their way from the reader by a parser to
// the builder. Blocks are used again and again, so the import's memory is theirs.
type block struct {
	at, next position
	text     []byte
	pieces   []stretch
	bytes    int64 // of the file, for the display

	records  []record
	tally    Tally
	disorder *place // the first record that is not above the one before it
	rejected *Rejection
	done     chan struct{}
	err      error
}

// place is a line: the file's name is found when somebody asks.
type place struct {
	source int
	prefix uint32
	line   int64
}

func (b *block) reset() {
	b.text, b.pieces, b.records = b.text[:0], b.pieces[:0], b.records[:0]
	b.tally = Tally{}
	b.disorder, b.rejected, b.err, b.bytes = nil, nil, nil, 0
	b.done = make(chan struct{})
}

// first is the place of the block's first line.
func (b *block) first() place {
	return place{b.at.Source, b.pieces[0].prefix, b.pieces[0].line}
}
