"""What a browser asks for under a hashed name asks for nothing else under a plain one."""

import re

from django.conf import settings
from django.core.files.storage import FileSystemStorage

from biasapp.static_files import HashedFiles

SCRIPTS = {
    "js/keys.js": "export const press = 1;\n",
    "js/page.js": 'import { press } from "./keys.js";\nconst words = "import nothing";\n',
}


def test_a_script_imports_another_by_the_name_under_which_it_is_kept(tmp_path):
    for name, text in SCRIPTS.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    stored = HashedFiles(location=tmp_path, base_url="/static/")
    source = FileSystemStorage(location=tmp_path)
    assert not [error for *_, error in stored.post_process({name: (source, name) for name in SCRIPTS}) if isinstance(error, Exception)]
    page = (tmp_path / stored.stored_name("js/page.js")).read_text()
    imported = re.search(r'import \{ press \} from "\./(keys\.[0-9a-f]{12}\.js)";', page)
    assert (tmp_path / "js" / imported[1]).read_text() == SCRIPTS["js/keys.js"]
    assert 'const words = "import nothing";' in page


def test_all_that_our_scripts_import_is_there(tmp_path):
    ours = settings.BASE_DIR / "static"
    names = [path.relative_to(ours).as_posix() for path in sorted(ours.glob("js/*.js"))]
    source = FileSystemStorage(location=ours)
    stored = HashedFiles(location=tmp_path, base_url="/static/")
    (tmp_path / "js").mkdir()
    for name in names:
        (tmp_path / name).write_bytes((ours / name).read_bytes())
    assert not [error for *_, error in stored.post_process({name: (source, name) for name in names}) if isinstance(error, Exception)]
    served = [tmp_path / stored.stored_name(name) for name in names]
    imported = [(path.name, asked) for path in served for asked in re.findall(r'^import .* from "\./([^"]+)"', path.read_text(), re.MULTILINE)]
    assert imported
    assert not [(name, asked) for name, asked in imported if asked not in {path.name for path in served}]
