package former

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"io"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

// samples are how long the last refusals took.
type samples struct {
	list [64]time.Duration
	n    int
}

func (s *samples) add(d time.Duration) {
	s.list[s.n%len(s.list)] = d
	s.n++
}

func (s *samples) draw(number uint32) time.Duration {
	if s.n == 0 {
		return 0
	}
	return s.list[int(number)%min(s.n, len(s.list))]
}

// Dally takes as long as one of the last refusals of the former pool did. It is for
// a wrong password of a user who has one here: names that nobody has here are
// asked for there, and the clock would tell the ones from the others.
func (f *Former) Dally(ctx context.Context, p *model.Pool) {
	if !f.Ready(p) {
		return // nobody is asked for now
	}
	o, err := f.of(p)
	if err != nil {
		return
	}
	var drawn [4]byte
	if _, err := io.ReadFull(f.random(), drawn[:]); err != nil {
		return
	}
	o.mu.Lock()
	d := o.took.draw(binary.BigEndian.Uint32(drawn[:]))
	o.mu.Unlock()
	timer := time.NewTimer(min(d, patience))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (f *Former) random() io.Reader {
	if f.cfg.Rand != nil {
		return f.cfg.Rand
	}
	return rand.Reader
}
