package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// depth is how many blocks are on their way at once: with their records, 40 MiB.
const depth = 5

// flow reads the sources, parses blocks on all processors and hands them to take
// in the order of the sources. take may keep nothing of a block.
func flow(ctx context.Context, r *reader, parsers func() parser, take func(*block) error) error {
	group, ctx := errgroup.WithContext(ctx)
	free := make(chan *block, depth)
	for range depth {
		free <- &block{}
	}
	work := make(chan *block)
	inOrder := make(chan *block, depth)

	group.Go(func() error {
		defer close(work)
		defer close(inOrder)
		return r.feed(ctx, free, work, inOrder)
	})
	for range min(runtime.GOMAXPROCS(0), depth-1) {
		group.Go(func() error {
			p := parsers()
			for b := range work {
				b.parse(p)
				if pairs, ok := p.(*pairParser); ok {
					b.err = pairs.err
				}
				close(b.done)
			}
			return nil
		})
	}
	group.Go(func() error {
		for b := range inOrder {
			<-b.done
			if b.err != nil {
				return b.err
			}
			if err := take(b); err != nil {
				return err
			}
			free <- b
		}
		return nil
	})
	err := group.Wait()
	r.opener.close()
	return errors.Join(err, r.close())
}

// feed reads until the sources end.
func (r *reader) feed(ctx context.Context, free <-chan *block, work, inOrder chan<- *block) error {
	for {
		var b *block
		select {
		case b = <-free:
		case <-ctx.Done():
			return ctx.Err()
		}
		err := r.next(ctx, b)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case work <- b:
		case <-ctx.Done():
			return ctx.Err()
		}
		inOrder <- b // never full: there are no more blocks than room for them
	}
}

// name tells where a place is, as in rockyou.txt:17.
func (r *reader) name(p place) string {
	path := r.sources[p.source].Path
	if folder := r.folders[p.source]; folder != nil {
		path = folder.path(p.prefix)
	} else if path == standardInput {
		path = "standard input"
	}
	return fmt.Sprintf("%s:%d", path, p.line)
}
