package store

import (
	"context"
	"errors"
)

// AtStep makes a database of an earlier schema, with one row or more in it.
func AtStep(ctx context.Context, url string, last int, rows ...string) error {
	b, err := connect(Config{URL: url, Connections: 1})
	if err != nil {
		return err
	}
	s := &Store{backend: b}
	steps, err := migrations()
	if err == nil {
		err = s.begin(ctx)
	}
	for _, step := range steps[:last] {
		if err == nil {
			err = s.Update(ctx, func(tx *Tx) error { return tx.apply(step) })
		}
	}
	for _, row := range rows {
		if err == nil {
			err = s.Update(ctx, func(tx *Tx) error { return tx.run.once(ctx, row) })
		}
	}
	return errors.Join(err, s.Close())
}
