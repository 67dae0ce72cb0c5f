// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DpkgDatabaseTest {

    @TempDir
    private Path directory;

    private Path control(String name, Map<String, String> files) throws IOException {
        Path control = Files.createDirectory(directory.resolve(name));
        for (var file : files.entrySet()) {
            Files.writeString(control.resolve(file.getKey()), file.getValue());
        }
        return control;
    }

    @Test
    void packagesAreUnpackedAndNotConfigured() throws IOException {
        Path tree = Files.createDirectory(directory.resolve("tree"));
        Files.createDirectory(tree.resolve("etc"));
        Files.writeString(tree.resolve("etc/tool.conf"), "x=1\n");
        DpkgDatabase database = new DpkgDatabase(tree);
        database.add(control("tool", Map.of("control", """
                Package: tool
                Version: 2:1.0-1
                Architecture: riscv64
                Depends: libtool (>= 1)
                Description: does it
                 and more
                """, "conffiles", "/etc/tool.conf\nremove-on-upgrade /etc/old.conf\n", "postinst", "#!/bin/sh\n",
                "triggers", "interest-noawait /usr/share/tool\ninterest named\nactivate-noawait ldconfig\n")),
                List.of("./", "./etc/", "./etc/tool.conf", "./usr/bin/tool"));
        database.add(control("library", Map.of("control", "Package: libtool\nVersion: 1\nArchitecture: riscv64\nMulti-Arch: same\n"
                + "Description: is it\n", "triggers", "interest ldconfig\n")), List.of("./"));
        database.write();
        Path own = tree.resolve("var/lib/dpkg");
        assertEquals("""
                Package: tool
                Status: install ok unpacked
                Version: 2:1.0-1
                Architecture: riscv64
                Depends: libtool (>= 1)
                Description: does it
                 and more
                Conffiles:
                 /etc/tool.conf f968f33f844c98de1d3b4fe70f2e1a0f

                Package: libtool
                Status: install ok unpacked
                Version: 1
                Architecture: riscv64
                Multi-Arch: same
                Description: is it

                """, Files.readString(own.resolve("status")));
        assertEquals("/.\n/etc\n/etc/tool.conf\n/usr/bin/tool\n", Files.readString(own.resolve("info/tool.list")));
        assertEquals("/.\n", Files.readString(own.resolve("info/libtool:riscv64.list")));
        assertEquals("#!/bin/sh\n", Files.readString(own.resolve("info/tool.postinst")));
        assertFalse(Files.exists(own.resolve("info/tool.control")));
        assertEquals("/usr/share/tool tool/noawait\n", Files.readString(own.resolve("triggers/File")));
        assertEquals("tool\n", Files.readString(own.resolve("triggers/named")));
        assertEquals("libtool:riscv64\n", Files.readString(own.resolve("triggers/ldconfig")));
    }

    @Test
    void whatAptPlansToInstallIsAFile() {
        assertEquals("openssl_3.5.1-1+deb13u1_riscv64.deb",
                PrivateApt.planned("Inst openssl (3.5.1-1+deb13u1 Debian:13.2/stable [riscv64])"));
        assertEquals("tar_1%3a1.35_all.deb", PrivateApt.planned("Inst tar [1.34] (1:1.35 Debian:13.2/stable, Debian:14/x [all]) []"));
        assertNull(PrivateApt.planned("Conf openssl (3.5.1-1 Debian:13.2/stable [riscv64])"));
    }
}
