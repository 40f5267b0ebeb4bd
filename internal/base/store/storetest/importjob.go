package storetest

import (
	"reflect"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

func importJob(pool, id string, created time.Time) *model.ImportJob {
	return &model.ImportJob{
		PoolID: pool, ID: id, Name: "spring", RoleARN: "arn:aws:iam::123456789012:role/import", Status: model.ImportCreated,
		CreatedAt: created, DueAt: created.Add(24 * time.Hour),
	}
}

func testImportJobs(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	addPool(t, s, "pool-a")
	addPool(t, s, "pool-b")
	job := func(pool, id string) *model.ImportJob {
		return read(t, s, func(tx *store.Tx) (*model.ImportJob, error) { return tx.ImportJob(pool, id) })
	}
	for i, id := range []string{"import-1", "import-2", "import-3"} {
		j := importJob("pool-a", id, start.Add(time.Duration(i/2)*time.Second)) // the first two at once
		update(t, s, func(tx *store.Tx) error { return tx.CreateImportJob(j) })
		refused(t, s, store.ErrExists, func(tx *store.Tx) error { return tx.CreateImportJob(j) })
		if got := job("pool-a", id); !reflect.DeepEqual(got, j) {
			t.Errorf("got %+v, want %+v", got, j)
		}
	}
	absent(t, s, func(tx *store.Tx) (*model.ImportJob, error) { return tx.ImportJob("pool-b", "import-1") })

	page := func(after *model.ImportJob, limit int) (ids []string) {
		list := read(t, s, func(tx *store.Tx) ([]*model.ImportJob, error) {
			if after == nil {
				return tx.ImportJobs("pool-a", time.Time{}, "", limit)
			}
			return tx.ImportJobs("pool-a", after.CreatedAt, after.ID, limit)
		})
		for _, j := range list {
			ids = append(ids, j.ID)
		}
		return ids
	}
	if got := page(nil, 2); !reflect.DeepEqual(got, []string{"import-3", "import-2"}) {
		t.Errorf("the first page: got %v", got)
	}
	if got := page(job("pool-a", "import-2"), 2); !reflect.DeepEqual(got, []string{"import-1"}) {
		t.Errorf("the second page: got %v", got)
	}

	j := job("pool-a", "import-2")
	j.Status, j.Imported, j.Skipped, j.Failed, j.Message = model.ImportInProgress, 5, 4, 3, "going on"
	j.FileID, j.LogID, j.LogChunks, j.Offset, j.Line, j.Runner = "file", "log", 2, 1000, 12, "node"
	j.StartedAt, j.CompletedAt, j.DueAt = start.Add(time.Minute), start.Add(time.Hour), start.Add(time.Minute)
	update(t, s, func(tx *store.Tx) error { return tx.SaveImportJob(j) })
	if got := job("pool-a", j.ID); !reflect.DeepEqual(got, j) {
		t.Errorf("saved, got %+v, want %+v", got, j)
	}
	count := func(fn func(*store.Tx, string) (int, error), pool string) int {
		return read(t, s, func(tx *store.Tx) (int, error) { return fn(tx, pool) })
	}
	if n := count((*store.Tx).CountImportJobs, "pool-a"); n != 3 {
		t.Errorf("the pool has %d jobs, want 3", n)
	}
	if a, b := count((*store.Tx).ActiveImports, "pool-a"), count((*store.Tx).ActiveImports, "pool-b"); a != 1 || b != 0 {
		t.Errorf("%d and %d jobs are active, want 1 and 0", a, b)
	}
	due := func(now time.Time) (ids []string) {
		for _, j := range read(t, s, func(tx *store.Tx) ([]*model.ImportJob, error) { return tx.DueImports(now, 10) }) {
			ids = append(ids, j.ID)
		}
		return ids
	}
	if got := due(start.Add(time.Minute)); !reflect.DeepEqual(got, []string{"import-2"}) {
		t.Errorf("due after a minute: got %v", got)
	}
	if got := due(start.Add(25 * time.Hour)); !reflect.DeepEqual(got, []string{"import-2", "import-1", "import-3"}) {
		t.Errorf("due after a day: got %v", got)
	}

	update(t, s, func(tx *store.Tx) error { return tx.DeleteImportJob("pool-a", "import-3") })
	update(t, s, func(tx *store.Tx) error { return tx.CreateImportJob(importJob("pool-b", "import-1", start)) })
	update(t, s, func(tx *store.Tx) error { return tx.DeletePool("pool-a") })
	if got := due(start.Add(25 * time.Hour)); !reflect.DeepEqual(got, []string{"import-1"}) {
		t.Errorf("after the pool is gone, %v are due, want the other pool's alone", got)
	}
	refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.SaveImportJob(j) })
}

func testImportFiles(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	addPool(t, s, "pool-a")
	file := &model.ImportFile{ID: "file", PoolID: "pool-a", JobID: "import-1", Until: start}
	update(t, s, func(tx *store.Tx) error { return tx.CreateImportFile(file) })
	refused(t, s, store.ErrExists, func(tx *store.Tx) error { return tx.CreateImportFile(file) })
	for seq := range int64(5) {
		update(t, s, func(tx *store.Tx) error { return tx.AddChunk("file", seq, []byte{byte(seq), 0}) })
	}
	refused(t, s, store.ErrExists, func(tx *store.Tx) error { return tx.AddChunk("file", 4, []byte{9}) })
	chunk := func(seq int64) func(*store.Tx) ([]byte, error) {
		return func(tx *store.Tx) ([]byte, error) { return tx.Chunk("file", seq) }
	}
	if got := read(t, s, chunk(3)); !reflect.DeepEqual(got, []byte{3, 0}) {
		t.Errorf("got %v", got)
	}
	absent(t, s, chunk(5))
	ended := func(now time.Time) func(*store.Tx) (string, error) {
		return func(tx *store.Tx) (string, error) { return tx.EndedImportFile(now) }
	}
	absent(t, s, ended(start.Add(-time.Second)))
	if got := read(t, s, ended(start)); got != "file" {
		t.Errorf("ended: got %q", got)
	}

	file.Size, file.Until = 10, time.Time{}
	update(t, s, func(tx *store.Tx) error { return tx.SaveImportFile(file) })
	if got := read(t, s, func(tx *store.Tx) (*model.ImportFile, error) { return tx.ImportFile("file") }); !reflect.DeepEqual(got, file) {
		t.Errorf("got %+v, want %+v", got, file)
	}
	absent(t, s, ended(start.Add(1000*time.Hour))) // a job wants it

	update(t, s, func(tx *store.Tx) error { return tx.DeletePool("pool-a") })
	if got := read(t, s, ended(start)); got != "file" {
		t.Errorf("after the pool is gone, ended: got %q", got)
	}
	for _, want := range []bool{false, false, true} { // 2, 2 and 1
		update(t, s, func(tx *store.Tx) error {
			done, err := tx.DropChunks("file", 2)
			if done != want {
				t.Errorf("dropped the last: got %v, want %v", done, want)
			}
			return err
		})
	}
	absent(t, s, chunk(0))
	absent(t, s, func(tx *store.Tx) (*model.ImportFile, error) { return tx.ImportFile("file") })
	update(t, s, func(tx *store.Tx) error { return tx.EndImportFile("file", start) })
	refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.SaveImportFile(file) })
}
