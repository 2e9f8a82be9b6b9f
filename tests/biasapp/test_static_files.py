"""What a browser asks for under a hashed name asks for nothing else under a plain one."""

import re

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
