package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	accounts "github.com/gatehouse-id/gatehouse/internal/flow/account"
	"github.com/gatehouse-id/gatehouse/internal/flow/credential"
	"github.com/gatehouse-id/gatehouse/internal/server"
)

type importCmd struct {
	Log     importLogCmd     `cmd:"" help:"Print which rows of a user import job made no user, and why."`
	Cognito importCognitoCmd `cmd:"" help:"Take over a user pool of Amazon Cognito: settings, app clients, groups and users."`
	Lazy    importLazyCmd    `cmd:"" help:"Ask the pool that users come from for their passwords, at the first sign-in."`
	Users   importUsersCmd   `cmd:"" help:"Take over users of another system from a file, with their password hashes."`
}

type importUsersCmd struct {
	Storage storageSettings `embed:"" group:"Storage"`
	Pool    string          `required:"" placeholder:"ID" help:"The pool that the users come into."`
	File    string          `arg:"" help:"The users: a JSON object on each line, - for standard input. docs/guides/import.md tells the members."`
	DryRun  bool            `help:"Check every line and change nothing."`
}

// importedUser is one line.
type importedUser struct {
	Username     string            `json:"username"`
	Sub          string            `json:"sub"`
	Attributes   map[string]string `json:"attributes"`
	PasswordHash string            `json:"passwordHash"`
	Status       model.Status      `json:"status"`
	Disabled     bool              `json:"disabled"`
	Groups       []string          `json:"groups"`
	CreatedAt    string            `json:"createdAt"`
	ModifiedAt   string            `json:"modifiedAt"`
}

// maxLine bounds a line: the longest user has 69 attributes of 2048 bytes.
const maxLine = 256 << 10

// maxShown is how many refusals are told one by one.
const maxShown = 100

// Run takes users over.
func (c *importUsersCmd) Run(ctx context.Context, src *sources, std streams) error {
	in, err := openInput(c.File)
	if err != nil {
		return fmt.Errorf("import users: %w", err)
	}
	defer in.Close()
	return c.Storage.with(ctx, src, func(parts *server.Parts) error {
		w := &arrivals{
			poolID: c.Pool, dry: c.DryRun, std: std, meter: newMeter(std.err),
			flow: accounts.New(accounts.Config{Store: parts.Store, Credential: credential.New(credential.Config{Ring: parts.Ring})}),
		}
		if err := w.readLines(ctx, in); err != nil {
			return err
		}
		return w.finish(ctx)
	})
}

func openInput(path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(os.Stdin), nil
	}
	return os.Open(path)
}

func (w *arrivals) readLines(ctx context.Context, in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	n := 0
	for lines.Scan() {
		n++
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		where := fmt.Sprintf("line %d", n)
		user, err := parseImported(line)
		if err != nil {
			w.refused(where, err)
			continue
		}
		if err := w.add(ctx, where, user); err != nil {
			return err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("import users: line %d has more than %d bytes", n+1, maxLine)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("import users: %w", err)
	}
	return w.flush(ctx)
}

// parseImported reads a line. The error tells the member, never its value.
func parseImported(line []byte) (a accounts.Arrival, err error) {
	var u importedUser
	if err := wire.ReadKnown(line, &u); err != nil {
		return a, err
	}
	a = accounts.Arrival{
		Username: u.Username, Sub: u.Sub, Attributes: u.Attributes, Hash: u.PasswordHash,
		Status: u.Status, Disabled: u.Disabled, Groups: u.Groups,
	}
	switch u.Status {
	case "":
		a.Status = model.Confirmed
		if u.PasswordHash == "" {
			a.Status = model.ResetRequired
		}
	case model.Confirmed, model.ResetRequired, model.Unconfirmed, model.ForceChangePassword:
	default:
		return a, errors.New("status is none of CONFIRMED, RESET_REQUIRED, UNCONFIRMED, FORCE_CHANGE_PASSWORD")
	}
	if a.CreatedAt, err = importedTime("createdAt", u.CreatedAt); err != nil {
		return a, err
	}
	a.ModifiedAt, err = importedTime("modifiedAt", u.ModifiedAt)
	return a, err
}

func importedTime(member, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fmt.Errorf("%s is no time such as 2024-05-06T07:08:09Z", member)
	}
	return t, nil
}

// arrivals brings users in, some hundreds at a time.
type arrivals struct {
	flow   *accounts.Accounts
	poolID string
	dry    bool
	std    streams
	meter  *meter

	waiting []accounts.Arrival
	where   []string // of each that waits, for people
	counts  [4]int   // by Fate
}

func (w *arrivals) add(ctx context.Context, where string, a accounts.Arrival) error {
	w.waiting, w.where = append(w.waiting, a), append(w.where, where)
	if len(w.waiting) < accounts.MaxArrivals {
		return nil
	}
	return w.flush(ctx)
}

func (w *arrivals) flush(ctx context.Context) error {
	adopt := w.flow.Adopt
	if w.dry {
		adopt = w.flow.TryAdopt
	}
	list, err := adopt(ctx, w.poolID, w.waiting)
	if err != nil {
		return fmt.Errorf("import users: %w", err)
	}
	for i, arrived := range list {
		if arrived.Fate == accounts.Refused {
			w.refused(w.where[i], arrived.Why)
			continue
		}
		w.counts[arrived.Fate]++
	}
	w.waiting, w.where = w.waiting[:0], w.where[:0]
	w.meter.show("users", fmt.Sprintf("%d users", w.counts[accounts.Created]+w.counts[accounts.Renewed]+w.counts[accounts.Kept]))
	return nil
}

func (w *arrivals) refused(where string, why error) {
	w.counts[accounts.Refused]++
	switch n := w.counts[accounts.Refused]; {
	case n > maxShown+1:
	case n == maxShown+1:
		fmt.Fprintln(w.std.err, "further refusals are counted and not told")
	default:
		text := why.Error()
		if f, ok := fault.As(why); ok {
			text = f.Message
		}
		fmt.Fprintf(w.std.err, "%s: %s\n", where, text)
	}
}

// finish counts the pool anew and tells what became of the users.
func (w *arrivals) finish(ctx context.Context) error {
	w.meter.end()
	made := "created"
	if w.dry {
		made = "would be created"
	} else if err := w.flow.SettleArrivals(ctx, w.poolID); err != nil {
		return err
	}
	fmt.Fprintf(w.std.out, "users: %d %s, %d renewed, %d kept as they are, %d refused\n",
		w.counts[accounts.Created], made, w.counts[accounts.Renewed], w.counts[accounts.Kept], w.counts[accounts.Refused])
	if n := w.counts[accounts.Refused]; n > 0 {
		return fmt.Errorf("%d users were refused", n)
	}
	return nil
}
