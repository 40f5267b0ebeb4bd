package password

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func newHasher(t *testing.T, c Config) *Hasher {
	t.Helper()
	h, err := NewHasher(c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHasher(t *testing.T) {
	ctx := context.Background()
	t.Run("hashes and verifies", func(t *testing.T) {
		h := newHasher(t, Config{Params: cheap})
		phc, err := h.Hash(ctx, "password")
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := h.Verify(ctx, phc, "password"); !ok || err != nil {
			t.Errorf("the right password: %v, %v", ok, err)
		}
		if ok, err := h.Verify(ctx, phc, "Password"); ok || err != nil {
			t.Errorf("a wrong password: %v, %v", ok, err)
		}
		if err := h.Pretend(ctx, "password"); err != nil {
			t.Errorf("the unknown user: %v", err)
		}
		if h.Outdated(phc) || !newHasher(t, Config{}).Outdated(phc) {
			t.Error("outdated by other parameters and by nothing else")
		}
	})
	t.Run("refuses a configuration out of bounds", func(t *testing.T) {
		if _, err := NewHasher(Config{Params: Params{Memory: 1, Time: 1, Threads: 1}}); err == nil {
			t.Error("1 KiB was accepted")
		}
	})
	t.Run("a malformed hash takes no slot", func(t *testing.T) {
		h := newHasher(t, Config{Params: cheap, Slots: 1})
		release, err := h.acquire(ctx, cheap)
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		if _, err := h.Verify(ctx, "$argon2id$", "password"); err == nil {
			t.Error("verified")
		}
	})
	t.Run("an error gives its slot back", func(t *testing.T) {
		h := newHasher(t, Config{Params: cheap, Slots: 1, Rand: broken{}})
		for range 3 {
			if _, err := h.Hash(ctx, "password"); err == nil {
				t.Error("hashed without randomness")
			}
		}
		if !h.free.TryAcquire(h.budget) {
			t.Error("a slot is missing")
		}
	})
}

func TestWaitingForASlot(t *testing.T) {
	big := Params{Memory: 64, Time: 1, Threads: 1}
	t.Run("ends with the request", func(t *testing.T) {
		h := newHasher(t, Config{Params: cheap, Slots: 1})
		release, err := h.acquire(context.Background(), cheap)
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		gone, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := h.Hash(gone, "password"); !errors.Is(err, context.Canceled) {
			t.Errorf("Hash: got %v, want context.Canceled", err)
		}
		if err := h.Pretend(gone, "password"); !errors.Is(err, context.Canceled) {
			t.Errorf("Pretend: got %v, want context.Canceled", err)
		}
	})
	t.Run("as many run at once as there are slots", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			const slots = 3
			h := newHasher(t, Config{Params: cheap, Slots: slots})
			var running atomic.Int32
			finish := make(chan struct{})
			for range 10 {
				go func() {
					// A stored hash of the least memory still takes a whole slot.
					release, err := h.acquire(t.Context(), Params{Memory: 1})
					if err != nil {
						t.Error(err)
						return
					}
					running.Add(1)
					<-finish
					running.Add(-1)
					release()
				}()
			}
			for left := 10; left > 0; left-- {
				synctest.Wait()
				if got, want := int(running.Load()), min(slots, left); got != want {
					t.Fatalf("%d run with %d left, want %d", got, left, want)
				}
				finish <- struct{}{}
			}
		})
	})
	t.Run("a stored hash larger than the whole budget runs alone", func(t *testing.T) {
		h := newHasher(t, Config{Params: cheap, Slots: 2})
		release, err := h.acquire(context.Background(), big)
		if err != nil {
			t.Fatal(err)
		}
		if h.free.TryAcquire(1) {
			t.Error("something else may run beside it")
		}
		release()
		if !h.free.TryAcquire(h.budget) {
			t.Error("it did not give everything back")
		}
	})
}
