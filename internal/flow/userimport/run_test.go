package userimport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

func TestImport(t *testing.T) {
	t.Run("a file of several batches comes in once, and is gone then", func(t *testing.T) {
		s := newStage(t)
		j := s.job(bytes.NewReader(file(3*batchRows + 7)))
		s.work()
		got := s.ended(j.ID, model.ImportSucceeded)
		if n := int64(3*batchRows + 7); got.Imported != n || s.users() != int(n) || got.Line != n+1 {
			t.Errorf("imported %d users, %d are there, after %d lines; want %d", got.Imported, s.users(), got.Line, n)
		}
		s.View(func(tx *store.Tx) error {
			if _, err := tx.ImportFile(got.FileID); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("the file is still there: %v", err)
			}
			if _, err := tx.Chunk(got.FileID, 0); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a chunk of the file is still there: %v", err)
			}
			return nil
		})
	})

	t.Run("no row is lost and none comes twice when workers die, wherever they do", func(t *testing.T) {
		s := newStage(t)
		const n = 4*batchRows + 9
		rows := file(n)
		rows = append(rows, "user0000000,Again,User,again@example.com,true,\nbad,Bad,User,bad,true,\n"...)
		j := s.job(bytes.NewReader(rows))
		deaths := 0
		for after := 1; ; after++ { // each worker dies after so many transactions and reads
			node := s.node()
			ctx, cancel := context.WithCancel(t.Context())
			calls := 0
			now := node.cfg.Now
			node.cfg.Now = func() time.Time {
				if calls++; calls > after {
					cancel()
				}
				return now()
			}
			_, err := node.Work(ctx)
			cancel()
			if err == nil {
				break
			}
			deaths++
			if deaths > 100 {
				t.Fatal(err)
			}
			s.Pass(leaseFor)
		}
		got := s.ended(j.ID, model.ImportSucceeded)
		if got.Imported != n || got.Skipped != 1 || got.Failed != 1 || s.users() != n {
			t.Errorf("got %d imported, %d skipped, %d failed, %d users; want %d, 1, 1", got.Imported, got.Skipped, got.Failed, s.users(), n)
		}
		if log := s.log(j.ID); strings.Count(log, "\n") != 2 || !strings.Contains(log, `[SKIPPED] Line Number 1011 User Name "user0000000"`) || !strings.Contains(log, "[FAILED] Line Number 1012") {
			t.Errorf("the log says:\n%s", log)
		}
		if deaths < 3 {
			t.Errorf("only %d workers died", deaths)
		}
	})

	t.Run("of two workers on one job the one that comes too late gives way", func(t *testing.T) {
		s := newStage(t)
		j := s.job(bytes.NewReader(file(2 * batchRows)))
		first := s.node()
		held, err := first.claim(t.Context(), "first")
		if err != nil || held.ID != j.ID {
			t.Fatal(held, err)
		}
		if again, err := s.claim(t.Context(), "second"); err != nil || again != nil {
			t.Fatalf("the lease holds, and the second got %v, %v", again, err)
		}
		s.Pass(leaseFor)
		s.work()
		if err := (&run{Imports: first, job: held}).all(t.Context()); !errors.Is(err, errLost) {
			t.Errorf("the first got %v, want %v", err, errLost)
		}
		if got := s.ended(j.ID, model.ImportSucceeded); got.Imported != 2*batchRows || s.users() != 2*batchRows {
			t.Errorf("imported %d, %d are there", got.Imported, s.users())
		}
	})

	t.Run("a job that runs is stopped after a batch", func(t *testing.T) {
		s := newStage(t)
		j := s.job(bytes.NewReader(file(3 * batchRows)))
		held, err := s.claim(t.Context(), "worker")
		if err != nil {
			t.Fatal(err)
		}
		r := &run{Imports: s.Imports, job: held}
		if err := r.update(t.Context(), r.goOn); err != nil {
			t.Fatal(err)
		}
		if j, err = s.Stop(t.Context(), poolID, j.ID); err != nil || j.Status != model.ImportStopping {
			t.Fatalf("got %v, %v", j, err)
		}
		if j, err = s.Stop(t.Context(), poolID, j.ID); err != nil || j.Status != model.ImportStopping {
			t.Fatalf("again, got %v, %v", j, err)
		}
		if err := r.all(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := s.ended(j.ID, model.ImportStopped)
		if got.Imported != 0 || s.users() != 0 || got.Message != stopped {
			t.Errorf("got %+v, %d users", got, s.users())
		}
	})

	t.Run("a pool that is deleted meanwhile takes its job along", func(t *testing.T) {
		s := newStage(t)
		s.job(bytes.NewReader(file(batchRows)))
		held, err := s.claim(t.Context(), "worker")
		if err != nil {
			t.Fatal(err)
		}
		s.Update(func(tx *store.Tx) error { return tx.DeletePool(poolID) })
		if err := (&run{Imports: s.Imports, job: held}).all(t.Context()); !errors.Is(err, errLost) {
			t.Errorf("got %v, want %v", err, errLost)
		}
		s.work() // removes the file
		s.View(func(tx *store.Tx) error {
			if _, err := tx.Chunk(held.FileID, 0); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a chunk of the file is still there: %v", err)
			}
			return nil
		})
	})

	t.Run("a file that cannot be opened any more fails its job", func(t *testing.T) {
		s := newStage(t)
		j := s.job(bytes.NewReader(file(3)))
		s.Update(func(tx *store.Tx) error {
			held, err := tx.ImportJob(poolID, j.ID)
			if err != nil {
				return err
			}
			if _, err := tx.DropChunks(held.FileID, 10); err != nil {
				return err
			}
			return tx.AddChunk(held.FileID, 0, []byte("damaged"))
		})
		if _, err := s.Work(t.Context()); err == nil {
			t.Error("nobody is told")
		}
		s.ended(j.ID, model.ImportFailed)
	})
}

func TestWholeFiles(t *testing.T) {
	header := "cognito:username,email,email_verified\n"
	for _, c := range []struct {
		name, file string
		status     model.ImportStatus
		message    string
		users      int
	}{
		{"an empty file", "", model.ImportFailed, "The CSV file cannot be parsed: it is empty.", 0},
		{"a header alone", header, model.ImportSucceeded, succeeded, 0},
		{"a header that is too long", strings.Repeat("x,", maxRow) + "\n", model.ImportFailed, "The CSV file cannot be parsed: the header is too long.", 0},
		{"a header that is no text", "cognito:username,\xff\n", model.ImportFailed, "The CSV file cannot be parsed: the header is no row of values.", 0},
		{"too many rows", header + strings.Repeat("x\n", MaxRows+1), model.ImportFailed, "The CSV file has more than 500000 users.", 0},
		{"windows, a byte order mark and blank lines", "\uFEFF" + strings.ReplaceAll(header+"\n \nann,ann@example.com,TRUE\n\n", "\n", "\r\n"), model.ImportSucceeded, succeeded, 1},
		{"no end of the last line", header + "ann,ann@example.com,true", model.ImportSucceeded, succeeded, 1},
		{"more that fail than come", header + "ann,ann@example.com,true\nx\n\xff,,\n", model.ImportFailed, tooMany, 1},
		{"as many that fail as come", header + "ann,ann@example.com,true\nx\n", model.ImportSucceeded, succeeded, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t)
			j := s.job(strings.NewReader(c.file))
			s.work()
			if got := s.ended(j.ID, c.status); got.Message != c.message || s.users() != c.users {
				t.Errorf("got %q and %d users, want %q and %d", got.Message, s.users(), c.message, c.users)
			}
			if len(c.message) > 128 {
				t.Error("the message is longer than the model allows")
			}
		})
	}
}

func TestUpload(t *testing.T) {
	big := func(n int) string {
		return "cognito:username,email,email_verified\n" + strings.Repeat("x", n)
	}
	for _, n := range []int{0, 1, chunk - 38, chunk - 37, 3*chunk + 5} {
		s := newStage(t)
		text := big(n)
		j := s.job(strings.NewReader(text))
		held := s.ended(j.ID, model.ImportPending)
		var got bytes.Buffer
		if _, err := got.ReadFrom(s.open(t.Context(), held.FileID, 0)); err != nil || got.String() != text {
			t.Errorf("%d bytes: got %d back, %v", len(text), got.Len(), err)
		}
		for _, from := range []int64{1, chunk - 1, chunk, chunk + 1, int64(len(text))} {
			if from > int64(len(text)) {
				continue
			}
			got.Reset()
			if _, err := got.ReadFrom(s.open(t.Context(), held.FileID, from)); err != nil || got.String() != text[from:] {
				t.Errorf("%d bytes, from %d: got %d back, %v", len(text), from, got.Len(), err)
			}
		}
	}

	t.Run("one that breaks off leaves the file before", func(t *testing.T) {
		s := newStage(t)
		j, err := s.Create(t.Context(), poolID, "job", "arn:aws:iam::123456789012:role/import")
		if err != nil {
			t.Fatal(err)
		}
		token := s.token(s.UploadURL(j))
		if _, err := s.Upload(t.Context(), token, bytes.NewReader(file(1))); err != nil {
			t.Fatal(err)
		}
		before := s.ended(j.ID, model.ImportCreated).FileID
		broken := errors.New("broken")
		if _, err := s.Upload(t.Context(), token, &failing{left: 2*chunk + 10, err: broken}); !errors.Is(err, broken) {
			t.Fatalf("got %v, want %v", err, broken)
		}
		if after := s.ended(j.ID, model.ImportCreated).FileID; after != before || before == "" {
			t.Errorf("the job has file %q, want %q", after, before)
		}
		if worked, err := s.clean(t.Context()); !worked || err != nil {
			t.Errorf("what came of it is not removed: %v, %v", worked, err)
		}
		if worked, _ := s.clean(t.Context()); worked {
			t.Error("there was more to remove")
		}
	})

	t.Run("one that is too large is refused and removed", func(t *testing.T) {
		if testing.Short() {
			t.Skip("it writes a hundred megabytes")
		}
		s := newStage(t)
		j, err := s.Create(t.Context(), poolID, "job", "arn:aws:iam::123456789012:role/import")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Upload(t.Context(), s.token(s.UploadURL(j)), &failing{left: MaxBytes + 1}); !errors.Is(err, ErrTooLarge) {
			t.Fatalf("got %v, want %v", err, ErrTooLarge)
		}
		if worked, err := s.clean(t.Context()); !worked || err != nil {
			t.Errorf("it is not removed: %v, %v", worked, err)
		}
		if s.ended(j.ID, model.ImportCreated).FileID != "" {
			t.Error("the job has it")
		}
	})

	t.Run("a token is good for one job, one use and its time", func(t *testing.T) {
		s := newStage(t)
		j := s.job(strings.NewReader("cognito:username,email,email_verified\nx\n"))
		s.work()
		j = s.ended(j.ID, model.ImportFailed)
		upload, log := s.token(s.UploadURL(j)), s.token(s.LogURL(j))
		for _, token := range []string{"", "x", upload, log[:len(log)-2], strings.Repeat("A", 1000)} {
			if err := s.Log(t.Context(), token, &bytes.Buffer{}); !errors.Is(err, badToken) {
				t.Errorf("%.20q reads the log: %v", token, err)
			}
		}
		for _, token := range []string{"", log} {
			if _, err := s.Upload(t.Context(), token, strings.NewReader("")); !errors.Is(err, badToken) {
				t.Errorf("%.20q uploads: %v", token, err)
			}
		}
		if err := s.Log(t.Context(), log, &bytes.Buffer{}); err != nil {
			t.Error(err)
		}
		s.Pass(URLLife)
		if err := s.Log(t.Context(), log, &bytes.Buffer{}); !errors.Is(err, staleToken) {
			t.Errorf("an old token reads the log: %v", err)
		}
		s.Pass(keepLog)
		s.work()
		if s.LogURL(j) != "" || s.log(j.ID) != "" {
			t.Error("the log outlives its time")
		}
	})
}

// failing gives so many bytes, and then fails, or ends.
type failing struct {
	left int
	err  error
}

func (f *failing) Read(p []byte) (int, error) {
	if f.left == 0 {
		if f.err != nil {
			return 0, f.err
		}
		return 0, io.EOF
	}
	n := min(f.left, len(p))
	f.left -= n
	return n, nil
}
