package store

import (
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

const importColumns = `pool_id, id, name, role_arn, status, imported, skipped, failed, message,
	file_id, log_id, log_chunks, done, line, runner, due_at, created_at, started_at, completed_at`

func (tx *Tx) importJobs(query string, args ...any) ([]*model.ImportJob, error) {
	var list []*model.ImportJob
	err := tx.each(query, args, func(scan func(...any) error) error {
		j := new(model.ImportJob)
		var due, created, started, completed int64
		err := scan(&j.PoolID, &j.ID, &j.Name, &j.RoleARN, &j.Status, &j.Imported, &j.Skipped, &j.Failed, &j.Message,
			&j.FileID, &j.LogID, &j.LogChunks, &j.Offset, &j.Line, &j.Runner, &due, &created, &started, &completed)
		j.DueAt, j.CreatedAt, j.StartedAt, j.CompletedAt = moment(due), moment(created), moment(started), moment(completed)
		list = append(list, j)
		return err
	})
	return list, err
}

// ImportJob reads a job; ErrNotFound when the pool has none with this id.
func (tx *Tx) ImportJob(poolID, id string) (*model.ImportJob, error) {
	list, err := tx.importJobs(`SELECT `+importColumns+` FROM import_job WHERE pool_id = ? AND id = ?`, poolID, id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, ErrNotFound
	}
	return list[0], nil
}

// CreateImportJob stores a new job; ErrExists when the id is taken.
func (tx *Tx) CreateImportJob(j *model.ImportJob) error {
	return tx.insert(`
		INSERT INTO import_job (`+importColumns+`)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		j.PoolID, j.ID, j.Name, j.RoleARN, string(j.Status), j.Imported, j.Skipped, j.Failed, j.Message,
		j.FileID, j.LogID, j.LogChunks, j.Offset, j.Line, j.Runner,
		micros(j.DueAt), micros(j.CreatedAt), micros(j.StartedAt), micros(j.CompletedAt))
}

// SaveImportJob replaces a job, all but its name and its beginning; ErrNotFound when it is gone.
func (tx *Tx) SaveImportJob(j *model.ImportJob) error {
	return tx.touch(`
		UPDATE import_job SET status = ?, imported = ?, skipped = ?, failed = ?, message = ?, file_id = ?, log_id = ?,
			log_chunks = ?, done = ?, line = ?, runner = ?, due_at = ?, started_at = ?, completed_at = ?
		WHERE pool_id = ? AND id = ?`,
		string(j.Status), j.Imported, j.Skipped, j.Failed, j.Message, j.FileID, j.LogID,
		j.LogChunks, j.Offset, j.Line, j.Runner, micros(j.DueAt), micros(j.StartedAt), micros(j.CompletedAt),
		j.PoolID, j.ID)
}

// DeleteImportJob forgets a job. Its files go when they end.
func (tx *Tx) DeleteImportJob(poolID, id string) error {
	_, err := tx.exec(`DELETE FROM import_job WHERE pool_id = ? AND id = ?`, poolID, id)
	return err
}

// ImportJobs lists up to limit jobs of a pool, the last created first, after the
// one with this time and id; a zero time begins.
func (tx *Tx) ImportJobs(poolID string, created time.Time, id string, limit int) ([]*model.ImportJob, error) {
	if created.IsZero() {
		return tx.importJobs(`
			SELECT `+importColumns+` FROM import_job WHERE pool_id = ? AND created_at > ?
			ORDER BY created_at DESC, id DESC LIMIT ?`, poolID, 0, limit)
	}
	return tx.importJobs(`
		SELECT `+importColumns+` FROM import_job WHERE pool_id = ? AND (created_at, id) < (?, ?)
		ORDER BY created_at DESC, id DESC LIMIT ?`, poolID, micros(created), id, limit)
}

// CountImportJobs counts the jobs of a pool.
func (tx *Tx) CountImportJobs(poolID string) (n int, err error) {
	err = tx.one(`SELECT COUNT(*) FROM import_job WHERE pool_id = ?`, []any{poolID}, &n)
	return n, err
}

// ActiveImports counts the jobs of a pool that were started and are not over.
func (tx *Tx) ActiveImports(poolID string) (n int, err error) {
	err = tx.one(`SELECT COUNT(*) FROM import_job WHERE pool_id = ? AND status IN (?, ?, ?)`,
		[]any{poolID, string(model.ImportPending), string(model.ImportInProgress), string(model.ImportStopping)}, &n)
	return n, err
}

// DueImports lists up to limit jobs that are due, over all pools.
func (tx *Tx) DueImports(now time.Time, limit int) ([]*model.ImportJob, error) {
	return tx.importJobs(`
		SELECT `+importColumns+` FROM import_job WHERE due_at <= ? ORDER BY due_at, pool_id, id LIMIT ?`, micros(now), limit)
}

// CreateImportFile begins a file.
func (tx *Tx) CreateImportFile(f *model.ImportFile) error {
	return tx.insert(`INSERT INTO import_file (id, pool_id, job_id, size, until) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		f.ID, f.PoolID, f.JobID, f.Size, micros(f.Until))
}

// ImportFile reads what is known of a file; ErrNotFound when there is none.
func (tx *Tx) ImportFile(id string) (*model.ImportFile, error) {
	f := &model.ImportFile{ID: id}
	var until int64
	err := tx.one(`SELECT pool_id, job_id, size, until FROM import_file WHERE id = ?`, []any{id}, &f.PoolID, &f.JobID, &f.Size, &until)
	f.Until = moment(until)
	return f, err
}

// SaveImportFile replaces a file's size and end; ErrNotFound when it is gone.
func (tx *Tx) SaveImportFile(f *model.ImportFile) error {
	return tx.touch(`UPDATE import_file SET size = ?, until = ? WHERE id = ?`, f.Size, micros(f.Until), f.ID)
}

// EndImportFile lets a file be removed from this time on; one that is gone is fine.
func (tx *Tx) EndImportFile(id string, until time.Time) error {
	_, err := tx.exec(`UPDATE import_file SET until = ? WHERE id = ?`, micros(until), id)
	return err
}

// AddChunk stores a chunk of a file; ErrExists when it is there.
func (tx *Tx) AddChunk(fileID string, seq int64, box []byte) error {
	return tx.insert(`INSERT INTO import_chunk (file_id, seq, box) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, fileID, seq, box)
}

// Chunk reads a chunk of a file; ErrNotFound when there is none.
func (tx *Tx) Chunk(fileID string, seq int64) (box []byte, err error) {
	err = tx.one(`SELECT box FROM import_chunk WHERE file_id = ? AND seq = ?`, []any{fileID, seq}, &box)
	return box, err
}

// EndedImportFile finds a file that may be removed; ErrNotFound when there is none.
func (tx *Tx) EndedImportFile(now time.Time) (id string, err error) {
	err = tx.one(`SELECT id FROM import_file WHERE until > 0 AND until <= ? ORDER BY until, id LIMIT 1`, []any{micros(now)}, &id)
	return id, err
}

// DropChunks removes up to limit chunks of a file, and the file with the last;
// done says that nothing is left.
func (tx *Tx) DropChunks(fileID string, limit int) (done bool, err error) {
	n, err := tx.exec(`
		DELETE FROM import_chunk WHERE (file_id, seq) IN
			(SELECT file_id, seq FROM import_chunk WHERE file_id = ? LIMIT ?)`, fileID, limit)
	if err != nil || n == int64(limit) {
		return false, err
	}
	_, err = tx.exec(`DELETE FROM import_file WHERE id = ?`, fileID)
	return true, err
}
