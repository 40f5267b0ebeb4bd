package store

import (
	"context"
	"errors"
	"sync"
)

// readers is a bounded set of links. The one used last is taken first: its
// pages and statements are warm, and the others are not even opened before
// they are needed.
type readers struct {
	connect func() (*link, error)
	slots   chan struct{} // one for each link in use

	mu   sync.Mutex
	idle []*link // guarded by mu
}

func newReaders(limit int, connect func() (*link, error)) *readers {
	return &readers{connect: connect, slots: make(chan struct{}, limit)}
}

func (r *readers) take(ctx context.Context) (*link, error) {
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	r.mu.Lock()
	if n := len(r.idle); n > 0 {
		ln := r.idle[n-1]
		r.idle = r.idle[:n-1]
		r.mu.Unlock()
		return ln, nil
	}
	r.mu.Unlock()
	ln, err := r.connect()
	if err != nil {
		<-r.slots
	}
	return ln, err
}

func (r *readers) give(ln *link) {
	r.mu.Lock()
	r.idle = append(r.idle, ln)
	r.mu.Unlock()
	<-r.slots
}

// drop closes a link that cannot be trusted any more.
func (r *readers) drop(ln *link) {
	ln.close() //nolint:errcheck // it is being thrown away for an error already
	<-r.slots
}

// close closes the links; none may be in use.
func (r *readers) close() error {
	var err error
	for _, ln := range r.idle {
		err = errors.Join(err, ln.close())
	}
	return err
}
