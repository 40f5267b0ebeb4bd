package seal

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// maxFile bounds what is read of a key file: a key is 44 characters.
const maxFile = 4 << 10

// OpenMaster reads our own key file at path, and makes it, with mode 0600, where
// there is none; created tells which. Processes that start at once end with the
// same key, because the file appears whole, by a link that never overwrites. A
// file that the group or others may touch is refused. A nil random is crypto/rand.
//
// The file system must know hard links. Where it does not, make the key with
// another tool and give its path to ReadMaster.
func OpenMaster(path string, random io.Reader) (m *Master, created bool, err error) {
	m, err = readMaster(path, 0o077)
	if !errors.Is(err, fs.ErrNotExist) {
		return m, false, err
	}
	key := make([]byte, keySize)
	if _, err := io.ReadFull(orSystem(random), key); err != nil {
		return nil, false, fmt.Errorf("make master key: %w", err)
	}
	err = publish(path, []byte(base64.StdEncoding.EncodeToString(key)+"\n"))
	if errors.Is(err, fs.ErrExist) {
		m, err = readMaster(path, 0o077)
		return m, false, err
	}
	if err != nil {
		return nil, false, fmt.Errorf("create master key %s: %w", path, err)
	}
	return newMaster(key), true, nil
}

// ReadMaster reads a key file that the operator keeps, and never makes one. The
// group may read it, as it must where Kubernetes mounts a secret with fsGroup;
// a file that the group may write, or that others may touch, is refused.
func ReadMaster(path string) (*Master, error) { return readMaster(path, 0o027) }

func readMaster(path string, forbidden fs.FileMode) (*Master, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read master key: %w", err)
	}
	defer f.Close()
	// The open file is asked, not the path: nobody can swap it in between.
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read master key: %w", err)
	}
	// Windows keeps access lists, and its mode bits say nothing about them.
	if mode := info.Mode().Perm(); mode&forbidden != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("master key %s has mode %04o, so that other users can reach it: chmod 600 %s", path, mode, path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, fmt.Errorf("read master key: %w", err)
	}
	m, err := ParseMaster(string(text))
	if err != nil {
		return nil, fmt.Errorf("read master key %s: %w", path, err)
	}
	return m, nil
}

// publish makes the file appear with all its content, durably, or not at all.
// It fails with fs.ErrExist where there is one already.
func publish(path string, content []byte) (err error) {
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(temp.Name())) }()
	_, err = temp.Write(content)
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err != nil {
		return err
	}
	if err := os.Link(temp.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes a new name in the folder survive a power cut: what is sealed
// with a key must never outlive it.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
