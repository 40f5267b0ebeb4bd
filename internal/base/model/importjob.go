package model

import "time"

// ImportStatus is where an import job is in its life, as on the wire.
type ImportStatus string

// The life of an import job:
//
//	Created ─> Pending ─> InProgress ─> Succeeded | Failed
//	   └─> Expired  └────────┴─> Stopping ─> Stopped
const (
	ImportCreated    = ImportStatus("Created")
	ImportPending    = ImportStatus("Pending")
	ImportInProgress = ImportStatus("InProgress")
	ImportStopping   = ImportStatus("Stopping")
	ImportExpired    = ImportStatus("Expired")
	ImportStopped    = ImportStatus("Stopped")
	ImportFailed     = ImportStatus("Failed")
	ImportSucceeded  = ImportStatus("Succeeded")
)

// ImportJob brings the users of a CSV file into a pool.
type ImportJob struct {
	PoolID, ID    string
	Name, RoleARN string // as the job was created
	Status        ImportStatus
	Imported      int64 // users
	Skipped       int64 // users who were there already
	Failed        int64 // rows that make no user
	Message       string

	FileID    string // the file that was uploaded; empty: none yet
	LogID     string // the file of what did not come in; empty: none yet
	LogChunks int64
	// Offset and Line tell how much of the file is done: bytes, lines.
	Offset, Line int64

	// Runner is who works on the job, and DueAt when somebody else may: the one
	// who did is dead by then. Of a job that waits or is over it is when that ends.
	Runner string
	DueAt  time.Time

	CreatedAt, StartedAt, CompletedAt time.Time
}

// Active tells whether the job was started and is not over.
func (j *ImportJob) Active() bool {
	return j.Status == ImportPending || j.Status == ImportInProgress || j.Status == ImportStopping
}

// ImportFile is a file of an import job, kept in chunks: what was uploaded, or its log.
type ImportFile struct {
	ID, PoolID, JobID string
	Size              int64 // bytes; 0 while it is written
	// Until is when the file may be removed; zero: not before its job is over.
	Until time.Time
}
