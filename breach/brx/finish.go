package brx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

var (
	errFinished = errors.New("the file is finished")
	errAborted  = errors.New("the file was given up")
	errClosed   = errors.New("the writer is closed")
)

// Finish completes the file and returns once it is on the disk. The superblock
// is written after everything else is, so a file cut short is never taken for
// a whole one.
func (w *Writer) Finish() (Info, error) {
	if w.failed != nil {
		return Info{}, w.failed
	}
	if len(w.items) > 0 {
		if err := w.flush(len(w.items)); err != nil {
			return Info{}, err
		}
	}
	if err := w.finish(); err != nil {
		return Info{}, w.fail(err)
	}
	w.failed = errFinished
	return w.super.Info, nil
}

func (w *Writer) finish() error {
	s := &w.super
	s.dir = superSize + s.Pages*pageSize
	end := s.dir + 4*s.Pages
	sum, err := writeDirectory(w.core, w.heads, func(b []byte, h uint32) []byte {
		return binary.LittleEndian.AppendUint32(b, h)
	})
	if err != nil {
		return err
	}
	s.dirSum = sum
	if s.Tail {
		at := uint64(0)
		s.tailDir, s.tail = end, end+8*s.Pages
		s.tailDirSum, err = writeDirectory(w.core, w.tails, func(b []byte, size uint32) []byte {
			at += uint64(size)
			return binary.LittleEndian.AppendUint64(b, at-uint64(size))
		})
		if err != nil {
			return err
		}
		end = s.tail + s.tailLen
	}
	if err := w.core.Flush(); err != nil {
		return err
	}
	if s.Tail {
		if err := w.copyTail(); err != nil {
			return err
		}
	}
	if err := w.file.Sync(); err != nil {
		return err
	}
	if s.Size, err = w.file.Seek(0, io.SeekCurrent); err != nil {
		return err
	}
	if uint64(s.Size) != end {
		return fmt.Errorf("%d bytes where %d should be", s.Size, end)
	}
	if _, err := w.file.WriteAt(s.encode(), 0); err != nil {
		return err
	}
	if err := w.file.Sync(); err != nil {
		return err
	}
	if err := w.file.Close(); err != nil || !s.Tail {
		return err
	}
	// Last of all: until the superblock is on the disk, Resume needs the tail.
	return errors.Join(w.tailF.Close(), os.Remove(tailPath(w.path)))
}

// copyTail copies the tail behind the core, inside the kernel where it can do that.
func (w *Writer) copyTail() error {
	if err := w.tail.Flush(); err != nil {
		return err
	}
	if _, err := w.tailF.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(w.file, w.tailF)
	return err
}

func writeDirectory[T any](to io.Writer, rows []T, put func([]byte, T) []byte) (sum uint32, err error) {
	var b []byte
	for i, row := range rows {
		b = put(b, row)
		if len(b) >= 1<<16 || i == len(rows)-1 {
			sum = updateChecksum(sum, b)
			if _, err := to.Write(b); err != nil {
				return 0, err
			}
			b = b[:0]
		}
	}
	return sum, nil
}

// Close lets the files go and leaves them as they are, for Resume. After Finish or Abort it does nothing.
func (w *Writer) Close() error {
	if w.failed == nil {
		w.failed = errClosed
	}
	return w.close()
}

func (w *Writer) close() error {
	var errs []error
	for _, f := range []*os.File{w.file, w.tailF} {
		if f == nil {
			continue
		}
		if err := f.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Abort gives up and removes what was written. After Finish it does nothing.
func (w *Writer) Abort() error {
	if errors.Is(w.failed, errFinished) {
		return nil
	}
	w.failed = errAborted
	errs := []error{w.close()}
	for _, f := range []*os.File{w.file, w.tailF} {
		if f == nil {
			continue
		}
		if err := os.Remove(f.Name()); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
