package fault

import (
	"errors"
	"fmt"
	"testing"
)

func TestFault(t *testing.T) {
	refused := New(NotAuthorized, "Incorrect username or password.")
	wrapped := fmt.Errorf("sign in: %w", refused.Because(errors.New("verifier differs")))

	f, ok := As(wrapped)
	if !ok || f.Message != "Incorrect username or password." {
		t.Fatalf("the client must read the message alone, got %+v", f)
	}
	if got, want := f.Error(), "NotAuthorizedException: Incorrect username or password.: verifier differs"; got != want {
		t.Errorf("the log must read the cause:\n got %q\nwant %q", got, want)
	}
	if !errors.Is(wrapped, refused) || !Has(wrapped, NotAuthorized) || Has(wrapped, UserNotFound) {
		t.Error("a fault is recognised by its code and message, whatever its cause")
	}
	if refused.Unwrap() != nil {
		t.Error("Because must leave the original alone: it may be shared")
	}
	if Internal.Status() != 500 || TooManyRequests.Status() != 400 || RequestEntityTooLarge.Status() != 413 {
		t.Error("statuses: 500 for our failures, 413 for size, 400 for all else")
	}
}
