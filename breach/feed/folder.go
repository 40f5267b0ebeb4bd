package feed

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// rangeCount is how many ranges a published corpus has: five hexadecimal digits.
const rangeCount = 1 << 20

// folder knows the file of each range below a directory. A million paths would
// be a hundred megabytes, so it keeps for each range the directory and the form
// of the name alone: eight bytes.
type folder struct {
	root  string
	dirs  []string
	files []rangeFile // by prefix
	found int
	odd   map[uint32]string // names in mixed case
}

type rangeFile struct {
	dir  int32
	form uint8 // 0: no file
}

// forms are the ways to write the file name of a range.
var forms = func() (list []string) {
	for _, digits := range []string{"%05X", "%05x"} {
		for _, extension := range []string{"", ".txt"} {
			for _, packed := range []string{"", ".gz", ".zst"} {
				list = append(list, digits+extension+packed)
			}
		}
	}
	return list
}()

const oddForm = 0xff

// openFolder finds the range files below root. Other files are passed over.
func openFolder(root string) (*folder, error) {
	f := &folder{root: root, files: make([]rangeFile, rangeCount), odd: map[uint32]string{}}
	if err := f.walk(root); err != nil {
		return nil, err
	}
	if f.found == 0 {
		return nil, fmt.Errorf("%s holds no range file: want names like 0A1B2, 0A1B2.txt or 0A1B2.gz", root)
	}
	return f, nil
}

func (f *folder) walk(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	number := int32(len(f.dirs))
	f.dirs = append(f.dirs, dir)
	for {
		entries, err := d.ReadDir(4096)
		for _, e := range entries {
			if e.IsDir() {
				if err := f.walk(filepath.Join(dir, e.Name())); err != nil {
					return err
				}
			} else if err := f.add(number, e.Name()); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (f *folder) add(dir int32, name string) error {
	prefix, ok := rangeName(name)
	if !ok {
		return nil
	}
	if f.files[prefix].form != 0 {
		return fmt.Errorf("range %05X is there twice: %s and %s", prefix, f.path(prefix), filepath.Join(f.dirs[dir], name))
	}
	form := uint8(oddForm)
	for i := range forms {
		if fmt.Sprintf(forms[i], prefix) == name {
			form = uint8(i + 1)
			break
		}
	}
	if form == oddForm {
		f.odd[prefix] = name
	}
	f.files[prefix] = rangeFile{dir, form}
	f.found++
	return nil
}

// rangeName reads the five digits that a range file's name begins with.
func rangeName(name string) (prefix uint32, ok bool) {
	if len(name) < 5 {
		return 0, false
	}
	switch strings.ToLower(name[5:]) {
	case "", ".txt", ".gz", ".zst", ".txt.gz", ".txt.zst":
	default:
		return 0, false
	}
	n, err := strconv.ParseUint(name[:5], 16, 20)
	return uint32(n), err == nil
}

// path is the file of a range; empty if there is none.
func (f *folder) path(prefix uint32) string {
	file := f.files[prefix]
	switch file.form {
	case 0:
		return ""
	case oddForm:
		return filepath.Join(f.dirs[file.dir], f.odd[prefix])
	}
	return filepath.Join(f.dirs[file.dir], fmt.Sprintf(forms[file.form-1], prefix))
}

// missing counts the ranges without a file, and tells the first.
func (f *folder) missing() (n int, first uint32) {
	for prefix := range f.files {
		if f.files[prefix].form == 0 {
			if n == 0 {
				first = uint32(prefix)
			}
			n++
		}
	}
	return n, first
}
